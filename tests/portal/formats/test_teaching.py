"""From pasted lines to a format in use, as a person does it in the browser without a script."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import UsageError
from hinomi.core.records import Event
from hinomi.normalise.learned import build, prove, read_definition, read_sample
from hinomi.portal.formats.models import FormatDraft, FormatVersion, TaughtFormat
from hinomi.portal.organisations.services import end_engagement
from hinomi.portal.sources.publication import publish_directory
from hinomi.portal.sources.services import Wanted, register_source
from hinomi.store.directory import load
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tests.portal.town import Town

LINES = """2026/11/20 10:12:05 [門] ウイルスを駆除しました 端末：KEIRI-2 検出名：W32/Test.A
2026/11/20 10:13:05 [門] ウイルスを駆除しました 端末：SOUMU-1 検出名：EICAR
2026/11/20 10:14:05 [門] 通信 送信元：192.168.1.7 宛先：203.0.113.9 処理：遮断
2026/11/20 10:15:05 [門] 通信 送信元：192.168.1.8 宛先：203.0.113.9 処理：許可
ｺﾚﾊ ﾁｶﾞｳ kyotaro"""


@pytest.fixture
def staff(town: Town) -> Client:
    return sign_in(town.people["analyst", "own"])


def taught(client: Client, *, name: str = "うちの門") -> TaughtFormat:
    """Through all pages with the answers as they are proposed."""
    answer = client.post("/formats/new/", {"name": name, "text": LINES})
    assert answer.status_code == 302, answer.content.decode()
    page = answer["Location"]
    assert client.post(f"{page}start/", follow=True).status_code == 200
    assert not TaughtFormat.objects.across_all(reason="test").filter(name=name).exists()
    assert client.post(f"{page}meaning/", {"pattern": "auto", "zone": "source"}).status_code == 302
    answer = client.post(f"{page}start/")
    return TaughtFormat.objects.across_all(reason="test").get(
        pk=answer["Location"].rstrip("/").rpartition("/")[2]
    )


def test_pasted_lines_become_a_format_in_the_directory(
    staff: Client, town: Town, data: Path
) -> None:
    made = taught(staff)
    (mine,) = [one for one in load(data=data).learned if one.id == made.pk]
    assert mine.firm == town.firm.pk
    form = build(read_definition(mine.definition), id=made.pk)
    event = read_sample(form, LINES.splitlines()[0])
    assert isinstance(event, Event)
    assert event.fields["threat"] == "W32/Test.A"
    assert event.disposition == "stopped"


def test_its_tests_hold_and_name_nobody(staff: Client) -> None:
    made = taught(staff)
    answer = staff.get(f"/formats/{made.pk}/file/")
    text = answer.content.decode()
    definition = read_definition(text)
    assert len(definition.tests) == 5 - 1 or len(definition.tests) == 5
    assert prove(definition) == []
    assert not [word for word in ("KEIRI-2", "192.168.1.7", "203.0.113.9") if word in text]
    assert "attachment" in answer["Content-Disposition"]


def test_lines_that_are_not_read_come_first_and_are_taught_by_pointing(staff: Client) -> None:
    answer = staff.post(
        "/formats/new/",
        {"name": "点々", "text": "a=1 b=2 c=3\na=2 b=3 c=4\n\x01\x02 only words here"},
    )
    page = answer["Location"]
    assert "⟨U+0001⟩" in staff.get(page).content.decode()
    draft = FormatDraft.objects.across_all(reason="test").get(name="点々")
    place = len(draft.lines) - 1
    line = f"{page}lines/{place}/"
    assert staff.post(line, {"piece": [], "role": "user"}).status_code == 422
    body = staff.get(line).content.decode()
    number = body.split("words")[0].rpartition('value="')[2].partition('"')[0]
    assert staff.post(line, {"piece": [number], "role": "user"}).status_code == 302
    assert "利用者" in staff.get(page).content.decode()
    assert staff.post(line, {"forget": "user", "role": "", "label": ""}).status_code == 302


def test_what_a_field_is_can_be_corrected_and_meanings_are_asked_again(staff: Client) -> None:
    text = "日時,x,y\n2026/11/20 10:00,192.0.2.1,遮断\n2026/11/20 10:01,192.0.2.2,許可"
    page = staff.post("/formats/new/", {"name": "列", "text": text})["Location"]
    staff.post(f"{page}meaning/", {"pattern": "auto", "zone": "UTC"})
    sent = {"name-0": "日時", "role-0": "time", "name-1": "x", "role-1": "dst_ip"}
    staff.post(f"{page}fields/", {**sent, "name-2": "y", "role-2": "action"})
    draft = FormatDraft.objects.across_all(reason="test").get(name="列")
    assert not draft.is_meaning_seen
    found = read_definition(draft.definition)
    assert {field.name: field.role for field in found.fields}["x"] == "dst_ip"
    staff.post(f"{page}meaning/", {"pattern": "auto", "zone": "UTC", "d-0-0": "seen"})
    draft.refresh_from_db()
    (outcomes,) = read_definition(draft.definition).dispositions
    assert outcomes.values == {"遮断": "seen", "許可": "let_through"}


def test_a_time_pattern_that_cannot_be_read_is_said_beside_the_field(staff: Client) -> None:
    page = staff.post("/formats/new/", {"name": "時", "text": LINES})["Location"]
    answer = staff.post(f"{page}meaning/", {"pattern": "yyyy", "zone": "UTC"})
    assert answer.status_code == 422
    assert "この書き方では読めません" in answer.content.decode()


def test_a_source_switches_and_only_of_a_company_the_firm_serves(
    staff: Client, town: Town, data: Path
) -> None:
    made = taught(staff)
    mine, strange = town.aoba.source, town.umi.source
    answer = staff.post(f"/formats/{made.pk}/use/", {"source": strange.pk})
    assert answer.status_code == 422
    assert staff.post(f"/formats/{made.pk}/use/", {"source": mine.pk}).status_code == 302
    kinds = {one.id: one.kind for one in load(data=data).sources}
    assert kinds[mine.pk] == made.kind
    with pytest.raises(UsageError):
        register_source(organisation_id=town.umi.organisation.id, wanted=Wanted(kind=made.kind))
    added = register_source(
        organisation_id=town.fumi.organisation.id, wanted=Wanted(kind=made.kind, name="門")
    )
    assert added.source.port


def test_when_the_firm_no_longer_serves_the_company_its_format_is_not_used(
    staff: Client, town: Town, data: Path
) -> None:
    made = taught(staff)
    staff.post(f"/formats/{made.pk}/use/", {"source": town.aoba.source.pk})
    end_engagement(firm_id=town.firm.id, organisation_id=town.aoba.organisation.id)
    publish_directory()
    kinds = {one.id: one.kind for one in load(data=data).sources}
    assert kinds[town.aoba.source.pk] == "auto"


def test_a_draft_from_a_companys_lines_closes_with_the_engagement(
    staff: Client, town: Town
) -> None:
    page = f"/formats/drafts/{town.aoba.draft.pk}/"
    assert staff.get(page).status_code == 200
    end_engagement(firm_id=town.firm.id, organisation_id=town.aoba.organisation.id)
    assert staff.get(page).status_code == 404


def test_versions_go_on_and_back_and_the_history_stays(
    staff: Client, town: Town, data: Path
) -> None:
    made = taught(staff)
    draft = staff.post(f"/formats/{made.pk}/edit/")["Location"]
    staff.post(f"{draft}meaning/", {"pattern": "auto", "zone": "UTC"})
    staff.post(f"{draft}start/")
    made.refresh_from_db()
    assert made.version == 2
    staff.post(f"/formats/{made.pk}/back/1/")
    versions = FormatVersion.objects.of_firm(town.firm.pk).filter(format=made)
    assert [each.place for each in versions] == [3, 2, 1]
    assert versions[0].definition == versions[2].definition
    (published,) = [one for one in load(data=data).learned if one.id == made.pk]
    assert published.definition == versions[2].definition
    assert staff.post(f"/formats/{made.pk}/back/9/").status_code == 404


def test_a_format_is_taken_out_of_use_only_when_nobody_uses_it(
    staff: Client, town: Town, data: Path
) -> None:
    made = taught(staff)
    staff.post(f"/formats/{made.pk}/use/", {"source": town.aoba.source.pk})
    staff.post(f"/formats/{made.pk}/retire/")
    made.refresh_from_db()
    assert made.retired_at is None
    free = taught(staff, name="もう1つの門")
    staff.post(f"/formats/{free.pk}/retire/")
    assert free.pk not in {one.id for one in load(data=data).learned}


def test_an_exported_file_comes_in_at_another_firm_and_is_confirmed_there(
    staff: Client, town: Town
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    text = staff.get(f"/formats/{taught(staff).pk}/file/").content
    other = sign_in(town.people["analyst", "other firm"])
    answer = other.post("/formats/import/", {"file": SimpleUploadedFile("f.json", text)})
    draft = FormatDraft.objects.across_all(reason="test").get(
        pk=answer["Location"].rstrip("/").rpartition("/")[2]
    )
    assert draft.firm_id != town.firm.pk
    assert not read_definition(draft.definition).is_confirmed
    assert not draft.is_meaning_seen


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b"\xff\xfe\x00", json.dumps({"hinomi_format": 1, "name": "x"}).encode()]
)
def test_a_file_that_is_none_is_refused_in_words(staff: Client, raw: bytes) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    answer = staff.post("/formats/import/", {"file": SimpleUploadedFile("f.json", raw)})
    assert answer.status_code == 422
    assert "形式のファイルとして読めません" in answer.content.decode()


def test_a_sample_is_made_fit_for_sharing_and_nothing_is_kept(staff: Client) -> None:
    sent = {"text": "user=tanaka srcip=192.168.1.7 host=KEIRI-2", "words": "", "shift_days": "0"}
    page = staff.post("/formats/anonymise/", sent)
    assert page.status_code == 200
    shown = page.content.decode().partition("伏せた記録</h2>")[2].partition("</section>")[0]
    assert "tanaka" not in shown
    file = staff.post("/formats/anonymise/", {**sent, "download": "1"})
    assert file.content.decode().strip() in shown
    assert not [
        word for word in ("tanaka", "192.168.1.7", "KEIRI-2") if word in file.content.decode()
    ]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_without_lines_the_form_asks_for_them(staff: Client, text: str) -> None:
    answer = staff.post("/formats/new/", {"name": "x", "text": text})
    assert answer.status_code == 422
    assert "記録を貼り付けるか" in answer.content.decode()


def test_more_lines_are_looked_at_and_what_was_corrected_stays(staff: Client) -> None:
    page = staff.post("/formats/new/", {"name": "足す", "text": LINES})["Location"]
    staff.post(f"{page}more/", {"text": "全くちがう行 1\n全くちがう行 2"})
    shown = staff.get(page).content.decode()
    assert "7行のうち5行" in shown
    staff.post(f"{page}again/")
    assert "7行のうち7行" in staff.get(page).content.decode()


MAIL = """From: UTM <alert@console.example>
To: soc@tower.example
Subject: =?utf-8?b?44Km44Kk44Or44K544KS5qSc55+l44GX44G+44GX44Gf?=
Date: Fri, 20 Nov 2026 10:12:05 +0900
Message-ID: <1@console.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

発生した場所のお知らせです。
端末名：KEIRI-2
利用者：山田
検出名：W32/Test.A
処置：隔離
"""


def test_a_mail_is_taught_by_its_labels(staff: Client) -> None:
    page = staff.post("/formats/new/", {"name": "メールの門", "text": MAIL})["Location"]
    shown = staff.get(page).content.decode()
    assert "書き方：メール" in shown
    staff.post(f"{page}meaning/", {"pattern": "auto", "zone": "source"})
    staff.post(f"{page}start/")
    made = TaughtFormat.objects.across_all(reason="test").get(name="メールの門")
    version = FormatVersion.objects.across_all(reason="test").get(format=made)
    definition = read_definition(version.definition)
    (example,) = definition.tests
    assert example.gives.fields["threat"] == "W32/Test.A"
    assert example.gives.disposition == "stopped"
    assert "KEIRI-2" not in version.definition
    assert "山田" not in version.definition
