"""脅威情報: what staff see, what customers never do, and a person's word on a held value."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.indicators import Trouble
from hinomi.detect.intel import PackedSet
from hinomi.pipeline.intel.imports import Request, check_content, import_checked
from hinomi.pipeline.intel.publish import changing
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.indicators.words import TROUBLES
from hinomi.store.directory import load
from hinomi.store.intel import open_intel
from tests.portal.town import Town, sign_in

if TYPE_CHECKING:
    from pathlib import Path

FEED = b"value,name,confidence\nevil.example,Phishing <b>kit</b>,90\ngoogle.com,,50\n8.8.8.8,,50\n"


@pytest.fixture
def imported(town: Town, data: Path) -> None:
    """One source with one value in use and two that are held."""
    request = Request(source="共有センター", who="test")
    checked = check_content(FEED, request, data=data)
    import_checked(checked, request, data=data, now=now())


def page(town: Town, role: str = "analyst", query: str = "") -> str:
    return sign_in(town.people[role, "own"]).get(f"/indicators/{query}").content.decode()


def test_before_the_first_import_the_page_says_how_to_begin(town: Town) -> None:
    assert "取り込み元がありません" in page(town)


@pytest.mark.usefixtures("imported")
def test_sources_and_what_is_held_are_shown_with_the_reason(town: Town) -> None:
    text = page(town)
    assert "1件を使っています" in text
    assert "共有センター" in text
    assert "保留中（2件）" in text
    assert "多くの人が毎日使う相手です。" in text
    assert "確かめて使う" in text


@pytest.mark.usefixtures("imported")
def test_a_search_takes_a_defanged_value_and_shows_foreign_text_harmless(town: Town) -> None:
    text = page(town, query="?q=evil[.]example")
    assert "evil.example" in text
    assert "&lt;b&gt;kit" in text
    assert "<b>kit" not in text
    assert "見つかりませんでした" in page(town, query="?q=nothing-such")


@pytest.mark.parametrize("role", ["owner", "staff", "desk"])
@pytest.mark.usefixtures("imported")
def test_others_see_neither_page_nor_menu(town: Town, role: str) -> None:
    client = sign_in(town.people[role, "own"])
    assert client.get("/indicators/").status_code == 403
    assert client.post("/indicators/allow/", {"kind": "ip", "value": "8.8.8.8"}).status_code == 403
    assert "脅威情報" not in client.get("/", follow=True).content.decode()


@pytest.mark.usefixtures("imported")
def test_a_person_lets_a_held_value_in_with_a_reason(town: Town, data: Path) -> None:
    client = sign_in(town.people["analyst", "own"])
    asked = client.get("/indicators/allow/?kind=ip&value=8.8.8.8").content.decode()
    assert "多くの人が毎日使う相手です。" in asked
    answer = {"kind": "ip", "value": "8.8.8.8", "reason": "DNSの抜け道を確認", "days": "90"}
    response = client.post("/indicators/allow/", answer, follow=True)
    assert "使うことにしました" in response.content.decode()
    used = PackedSet(data / "intel" / load(data=data).indicators)
    assert {one.value for one in used} == {"evil.example", "8.8.8.8"}
    with open_intel(data) as store:
        (entry,) = store.entries(now=now(), value="8.8.8.8")
    assert entry.allowed_until is not None
    assert timedelta(days=89) < entry.allowed_until - now() <= timedelta(days=90)
    (trail,) = AuditEntry.objects.filter(what="indicators:indicator:allow")
    assert (trail.detail["value"], trail.detail["reason"]) == ("8.8.8.8", "DNSの抜け道を確認")
    assert trail.user_id == town.people["analyst", "own"].pk


@pytest.mark.usefixtures("imported")
def test_without_a_reason_nothing_is_let_in(town: Town) -> None:
    client = sign_in(town.people["manager", "own"])
    answer = {"kind": "ip", "value": "8.8.8.8", "reason": " \u202e ", "days": "90"}
    response = client.post("/indicators/allow/", answer)
    assert response.status_code == 422
    assert "使う理由を入力してください。" in response.content.decode()
    assert not AuditEntry.objects.filter(what="indicators:indicator:allow").exists()


@pytest.mark.parametrize("query", ["", "?kind=ip&value=1.2.3.4", "?kind=nonsense&value=8.8.8.8"])
@pytest.mark.usefixtures("imported")
def test_what_is_not_held_is_not_asked_about(town: Town, query: str) -> None:
    client = sign_in(town.people["analyst", "own"])
    response = client.get(f"/indicators/allow/{query}", follow=True)
    assert "保留中ではありません" in response.content.decode()


@pytest.mark.usefixtures("imported")
def test_a_source_that_fails_says_why_in_japanese_and_what_goes_on(town: Town, data: Path) -> None:
    with changing(data) as store:
        known = store.source("共有センター")
        assert known is not None
        store.note_fault(
            known, "the server answered <b>401</b>", trouble=Trouble.REFUSED, now=now()
        )
    text = page(town)
    assert "取り込み元に断られました。" in text
    assert "前に取り込んだ情報は、使い続けています。" in text
    assert "&lt;b&gt;401" in text


def test_every_trouble_has_its_words() -> None:
    assert set(TROUBLES) == set(Trouble)
