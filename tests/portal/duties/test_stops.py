"""止めてよいもの: staff may prepare, only the company agrees, and only what was agreed holds."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse
from pypdf import PdfReader

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.duties.models import StopSheet
from hinomi.portal.duties.stops import stops_now
from hinomi.respond.check import texts_check
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.town import Town

NIGHT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # midnight in Japan
LINE = {
    "thing": "ファイルサーバー", "cost": "図面が開けない", "alone": "machine", "since": "20:00",
    "until": "07:00", "decider": "葵", "phone": "090-1234-5678", "deputy": "悠",
    "deputy_phone": "03-1234-5678",
}  # fmt: skip


@pytest.fixture
def desk(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


@pytest.fixture
def owner(town: Town) -> Client:
    return sign_in(town.people["owner", "own"])


def at(town: Town) -> str:
    return f"/companies/{town.aoba.organisation.id}/stops/"


def said(*lines: dict[str, str], seen: int) -> dict[str, Any]:
    fields = {f"form-{place}-{name}": text for place, line in enumerate(lines)
              for name, text in line.items()}  # fmt: skip
    total = str(len(lines))
    return {"form-TOTAL_FORMS": total, "form-INITIAL_FORMS": "0", "seen": seen, **fields}


def sheets(town: Town) -> list[StopSheet]:
    return list(StopSheet.objects.of(town.aoba.organisation.id).order_by("place"))


def holds(town: Town) -> str:
    now = stops_now(town.aoba.organisation.id, moment=NIGHT)
    return "、".join(f"{each.line.thing}:{each.now_alone}" for each in now.lines)


def test_what_our_desk_prepares_holds_only_when_the_company_agreed_to_it(
    town: Town, desk: Client, owner: Client
) -> None:
    before = holds(town)
    for _ in range(2):  # a double click
        assert desk.post(f"{at(town)}write/", said(LINE, seen=1)).status_code == 302
    assert [row.agreed_at is None for row in sheets(town)] == [False, True]
    assert holds(town) == before
    assert desk.post(f"{at(town)}agree/", {"seen": 2}).status_code == 403
    assert "この内容に同意する" not in desk.get(at(town)).content.decode()
    assert "この内容に同意する" in owner.get(at(town)).content.decode()
    for _ in range(2):
        owner.post(f"{at(town)}agree/", {"seen": 2})
    row = sheets(town)[-1]
    assert (row.agreed_by, row.agreed_name) == (town.people["owner", "own"], "葵 own")
    assert holds(town) == "ファイルサーバー:machine"
    assert AuditEntry.objects.filter(what="duties:stop:agree").count() == 1


def test_nobody_agrees_to_what_changed_since_it_was_seen(
    town: Town, desk: Client, owner: Client
) -> None:
    desk.post(f"{at(town)}write/", said(LINE, seen=1))
    desk.post(f"{at(town)}write/", said({**LINE, "alone": "person"}, seen=2))
    owner.post(f"{at(town)}agree/", {"seen": 2})
    assert [row.agreed_at is None for row in sheets(town)] == [False, True, True]
    stale = desk.post(f"{at(town)}write/", said({**LINE, "cost": "別の理由"}, seen=2))
    assert stale.status_code == 409
    assert "別の理由" in stale.content.decode(), "what was typed stays"
    assert len(sheets(town)) == 3


def test_faults_are_named_and_nothing_is_saved(town: Town, desk: Client) -> None:
    bad = {**LINE, "phone": "110", "until": "", "deputy_phone": "", "cost": ""}
    page = desk.post(f"{at(town)}write/", said(bad, seen=1))
    assert page.status_code == 422
    words = page.content.decode()
    for fault in ("両方を入力", "止めると困ることを入力", "1つ目"):
        assert fault in words
    assert 'value="110"' in words
    nameless = desk.post(f"{at(town)}write/", said({**LINE, "thing": ""}, seen=1))
    assert "名前を入力してください" in nameless.content.decode()
    assert len(sheets(town)) == 1


def test_the_case_page_and_the_first_call_show_what_may_be_stopped(
    town: Town, desk: Client
) -> None:
    case = desk.get(f"/queue/{town.aoba.incident.number}/").content.decode()
    call = desk.get(reverse("call", args=[town.aoba.call.pk])).content.decode()
    for page in (case, call):
        assert "止めてよいもの" in page
        assert f"{town.aoba.canary}の受注サーバー" in page
        assert "09011112222" in page
        assert town.fumi.canary not in page
    StopSheet.objects.of(town.aoba.organisation.id).delete()
    assert "止める前に" in desk.get(f"/queue/{town.aoba.incident.number}/").content.decode()


def test_an_empty_sheet_explains_itself_and_passes_the_words(town: Town, owner: Client) -> None:
    StopSheet.objects.of(town.aoba.organisation.id).delete()
    page = owner.get(at(town)).content.decode()
    assert "まだ決めていません" in page
    assert owner.get(f"/companies/{town.aoba.organisation.id}/stops.pdf").status_code == 404
    main = page.partition("<main")[2].partition("</main>")[0]
    lines = [re.sub("<[^>]+>", "", each) for each in re.findall(r"<p[^>]*>(.*?)</p>", main)]
    assert len(lines) > 2
    assert texts_check("\n".join(line for line in lines if "。" in line)) == []


def test_the_paper_says_who_agreed_and_a_proposal_says_that_it_is_one(
    town: Town, desk: Client, owner: Client
) -> None:
    url = f"/companies/{town.aoba.organisation.id}/stops.pdf"
    words = text_of(owner.get(url).content)
    assert f"{town.aoba.canary}の社長さんが画面で同意しました" in words
    assert "案" not in words
    desk.post(f"{at(town)}write/", said(LINE, seen=1))
    words = text_of(owner.get(f"{url}?proposal").content)
    assert "【案】" in words
    assert "ファイルサーバー" in words
    assert "ファイルサーバー" not in text_of(owner.get(url).content)


def test_another_company_finds_nothing(town: Town) -> None:
    for person in (("owner", "same firm"), ("desk", "other firm")):
        client = sign_in(town.people[person])
        assert client.get(at(town)).status_code == 404
        assert client.post(f"{at(town)}agree/", {"seen": 1}).status_code == 404


def text_of(pdf: bytes) -> str:
    found = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return found.replace("\u200b", "").replace("\n", "").replace(" ", "")
