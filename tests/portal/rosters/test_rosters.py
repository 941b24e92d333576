"""Taking in a list: nothing before the button, all or nothing, and nothing the second time."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError

from hinomi.core.errors import HinomiError
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.accounts.models import User
from hinomi.portal.organisations.models import Engagement, Membership, Organisation
from hinomi.portal.organisations.services import end_engagement
from hinomi.portal.rosters import services
from hinomi.portal.rosters.headings import Field
from hinomi.portal.rosters.models import Roster
from hinomi.portal.rosters.steps import State
from hinomi.portal.sources.models import Source
from hinomi.store.directory import load
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tests.portal.town import Town

LIST = """お客様一覧,,,,,
会社名,ＴＥＬ,ご担当者,E-mail,UTM機種,製造番号
桜庭商店,0300000011,桜庭 花,hana@sakura.example,FortiGate 40F,SN-SAKURA-1
桜庭商店,,,,FortiGate 60F,SN-SAKURA-2
㈱青葉工務店,03-0000-0012,,,,
,03-0000-0013,,,,
柏屋,あとで聞く,,,なぞの箱,
"""


@pytest.fixture
def client(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


def bring(client: Client, text: str | bytes = LIST, name: str = "一覧.csv") -> Roster:
    raw = text.encode("cp932") if isinstance(text, str) else text
    answer = client.post("/rosters/", {"file": SimpleUploadedFile(name, raw)})
    assert answer.status_code == 302, answer.content.decode()
    return Roster.objects.across_all(reason="the test's newest").latest("brought_at")


def shown(client: Client, roster: Roster, question: str = "") -> str:
    return client.get(f"/rosters/{roster.pk}/{question}").content.decode()


def companies(town: Town) -> dict[str, Organisation]:
    served = Engagement.objects.across_all(reason="the firm's").filter(firm=town.firm)
    rows = Organisation.objects.across_all(reason="the firm's").filter(
        pk__in=served.values("organisation_id")
    )
    return {row.name: row for row in rows}


def rows_written() -> tuple[int, ...]:
    models = (Organisation, Engagement, Membership, Source)
    return (
        *(model.objects.across_all(reason="counted").count() for model in models),
        User.objects.count(),
    )


def test_nothing_is_written_before_the_button(town: Town, client: Client) -> None:
    before = rows_written()
    page = shown(client, bring(client))
    assert rows_written() == before
    for said in (
        "新規 1",
        "更新 2",
        "直してください 2",
        "会社名がありません",
        "電話番号「あとで聞く」を読めません",
        "hana@sakura.exampleを責任者として登録します",
        "3行を取り込む",
    ):
        assert said in page, said


def test_taking_in_writes_the_sound_rows_and_leaves_out_the_others(
    town: Town, client: Client, data: Path
) -> None:
    roster = bring(client)
    answer = client.post(f"/rosters/{roster.pk}/take/", follow=True)
    assert "3行を取り込みました" in answer.content.decode()
    sakura = companies(town)["桜庭商店"]
    assert sakura.contact_phone == "0300000011"
    member = Membership.objects.of(sakura.id).get()
    assert (member.role, member.user.email, member.user.name) == (
        "owner",
        "hana@sakura.example",
        "桜庭 花",
    )
    sources = Source.objects.of(sakura.id).order_by("name")
    assert [(row.kind, row.serials) for row in sources] == [
        ("fortigate", ["SN-SAKURA-1"]),
        ("fortigate", ["SN-SAKURA-2"]),
    ]
    assert companies(town)["青葉工務店"].contact_phone == "03-0000-0012"
    assert "柏屋" not in companies(town)
    assert sakura.id in {each.id for each in load(data=data).organisations}
    acts = AuditEntry.objects.filter(organisation=sakura).values_list("what", "user__email")
    assert {who for _, who in acts} == {"desk.own@example.jp"}
    assert "organisations:organisation:add" in {what for what, _ in acts}


def test_a_second_time_the_same_list_changes_nothing(town: Town, client: Client) -> None:
    client.post(f"/rosters/{bring(client).pk}/take/")
    before = rows_written()
    again = bring(client)
    page = shown(client, again)
    assert "新規 0" in page
    assert "更新 0" in page
    assert "取り込む行はありません" in page
    services.take_in(roster=again, user=None)
    assert rows_written() == before


def test_the_button_pressed_twice_takes_in_once(town: Town, client: Client) -> None:
    roster = bring(client)
    client.post(f"/rosters/{roster.pk}/take/")
    before = rows_written()
    page = client.post(f"/rosters/{roster.pk}/take/", follow=True).content.decode()
    assert "先に取り込まれたか" in page
    assert rows_written() == before


def test_trouble_halfway_leaves_nothing_behind(
    town: Town, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster, before = bring(client), rows_written()

    def fail(**_: object) -> None:
        raise HinomiError("no port is free")

    monkeypatch.setattr(services, "register_source", fail)
    page = client.post(f"/rosters/{roster.pk}/take/", follow=True).content.decode()
    assert "何も変えていません" in page
    assert rows_written() == before
    roster.refresh_from_db()
    assert roster.is_open, "the person can try again"


def test_what_another_person_registers_meanwhile_stops_the_whole_list(
    town: Town, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster, before = bring(client), rows_written()

    def fail(**_: object) -> None:
        raise IntegrityError("UNIQUE constraint failed")

    monkeypatch.setattr(services, "register_source", fail)
    page = client.post(f"/rosters/{roster.pk}/take/", follow=True).content.decode()
    assert "別の人が同時に登録しました" in page
    assert rows_written() == before


def test_the_rows_to_mend_come_back_as_a_file_that_can_be_brought_again(
    town: Town, client: Client
) -> None:
    roster = bring(client, LIST.replace("柏屋", "=柏屋()"))
    client.post(f"/rosters/{roster.pk}/take/")
    raw = client.get(f"/rosters/{roster.pk}/faults.csv").content
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0][:3] == ["行番号", "直すところ", "会社名"]
    assert [row[0] for row in rows[1:]] == ["6", "7"]
    assert rows[2][2] == "'=柏屋()", "Excel must not run it"
    mended = raw.decode("utf-8-sig").replace("'=柏屋()", "柏屋").replace("あとで聞く", "")
    again = bring(client, mended.replace("なぞの箱", "").encode())
    client.post(f"/rosters/{again.pk}/take/")
    assert "柏屋" in companies(town)


def test_a_person_corrects_what_columns_mean(town: Town, client: Client) -> None:
    roster = bring(client, "甲,乙\n桜庭商店,03-0000-0011\n")
    assert "会社名の列が分かりません" in shown(client, roster)
    address = f"/rosters/{roster.pk}/columns/"
    answer = client.post(address, {"column_0": "phone", "column_1": "phone"})
    assert answer.status_code == 422
    assert "1つにしてください" in answer.content.decode()
    client.post(address, {"column_0": "name", "column_1": "phone", "mailbox": ""})
    assert "1行を取り込む" in shown(client, roster)
    roster.refresh_from_db()
    assert roster.columns == {Field.NAME: 0, Field.PHONE: 1}


def test_another_firms_company_of_the_same_name_stays_another_company(
    town: Town, client: Client
) -> None:
    roster = bring(client, "会社名,電話\n海野水産,03-0000-0099\n")
    assert "会社を登録します" in shown(client, roster)
    client.post(f"/rosters/{roster.pk}/take/")
    assert companies(town)["海野水産"].id != town.umi.organisation.id
    town.umi.organisation.refresh_from_db()
    assert town.umi.organisation.contact_phone == ""


def test_a_customer_whose_contract_ended_is_not_written_to(town: Town, client: Client) -> None:
    end_engagement(firm_id=town.firm.id, organisation_id=town.fumi.organisation.id)
    roster = bring(client, "会社名,電話\n文京歯科,03-0000-0099\n")
    assert "契約が終わったお客様です" in shown(client, roster)
    assert services.take_in(roster=roster, user=None)[State.FAULT] == 1
    town.fumi.organisation.refresh_from_db()
    assert town.fumi.organisation.contact_phone == ""


def test_a_person_known_elsewhere_keeps_their_name(town: Town, client: Client) -> None:
    """A list of one firm must not rename another firm's people."""
    stranger = town.people["owner", "other firm"]
    text = f"会社名,担当者,メール\n桜庭商店,にせの名前,{stranger.email}\n"
    client.post(f"/rosters/{bring(client, text).pk}/take/")
    before = stranger.name
    stranger.refresh_from_db()
    assert stranger.name == before
    assert Membership.objects.of(companies(town)["桜庭商店"].id).get().user == stranger


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "中身がありません"),
        (b"\x89PNG\r\n\x1a\n\0\0", "文字を読めません"),
        ("会社名,電話\n".encode(), "中身がありません"),
    ],
)
def test_a_file_that_is_no_list_is_told_beside_its_field(
    client: Client, raw: bytes, said: str
) -> None:
    answer = client.post("/rosters/", {"file": SimpleUploadedFile("a.csv", raw)})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_hostile_cells_are_shown_and_do_nothing(town: Town, client: Client) -> None:
    nasty = "<script>alert(1)</script>"
    page = shown(client, bring(client, f"会社名,備考\n{nasty},{nasty}\n"))
    assert nasty not in page
    assert "&lt;script&gt;" in page


def test_the_template_is_understood_when_it_comes_back(town: Town, client: Client) -> None:
    raw = client.get("/rosters/template.xlsx").content
    roster = Roster()
    with pytest.raises(HinomiError):  # it is empty: its examples stand on a sheet of their own
        roster = bring_directly(town, raw)
    assert roster.headings == []


def bring_directly(town: Town, raw: bytes) -> Roster:
    return services.bring(firm_id=town.firm.id, file_name="ひな形.xlsx", raw=raw, user=None)


def test_old_lists_lose_their_rows(town: Town, client: Client) -> None:
    roster = bring(client)
    Roster.objects.of_firm(town.firm.id).update(brought_at=roster.brought_at - services.KEPT_FOR)
    assert services.forget_old_rosters() >= 1
    roster.refresh_from_db()
    assert roster.lines == []
    assert "消しました" in shown(client, roster)


def test_prepared_rows_with_only_their_number_are_passed_over(town: Town, client: Client) -> None:
    page = shown(client, bring(client, "No,会社名,電話\n1,桜庭商店,\n2,,\n3,,\n"))
    assert "すべて 1" in page
    assert "直してください 0" in page


def test_a_device_nobody_knows_keeps_no_company_out(town: Town, client: Client) -> None:
    roster = bring(client, "会社名,機器\n桜庭商店,なぞの箱\n")
    assert "機器は登録しません" in shown(client, roster)
    client.post(f"/rosters/{roster.pk}/take/")
    assert not Source.objects.of(companies(town)["桜庭商店"].id).exists()
