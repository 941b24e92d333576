"""Sources on screen: make one, paste its setting, see whether it arrives, stop it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.sources.arrivals import Known
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.senders import groups, sender_of_kind, senders
from hinomi.portal.sources.tokens import token_of
from hinomi.portal.sources.watching import Watch, judge
from hinomi.store.pipeline_rows import SourceStatus
from tests.portal.town import Town, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

NOW = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)
STATUS = SourceStatus(
    organisation="org",
    source="src",
    records=10,
    readable=10,
    set_aside=0,
    last_receive=NOW,
    last_alive=NOW,
)


@pytest.fixture
def owner(town: Town) -> Client:
    return sign_in(town.people["owner", "own"])


@pytest.fixture
def arrived(monkeypatch: pytest.MonkeyPatch) -> Callable[[SourceStatus], None]:
    """Pretend that the worker knows this of a source."""

    def say(status: SourceStatus) -> None:
        known = Known(statuses={status.source: status})
        monkeypatch.setattr("hinomi.portal.sources.arrivals.known", lambda _: known)

    return say


def make(owner: Client, town: Town, sender: str) -> Source:
    url = f"/companies/{town.aoba.organisation.id}/sources/new/{sender}/"
    answer = owner.post(url, {"name": "試しの機器", "expect_every_s": "900", "consent": "on"})
    assert answer.status_code == 302, answer.content.decode()
    found = re.search(r"/sources/(src_\w+)/setup/", answer.headers["Location"])
    assert found
    return Source.objects.of(town.aoba.organisation.id).get(pk=found[1])


@pytest.mark.parametrize("sender", [sender.id for sender in senders() if sender.blocks])
def test_every_offered_setting_is_filled_in_completely(
    town: Town, owner: Client, sender: str
) -> None:
    source = make(owner, town, sender)
    page = owner.get(f"/sources/{source.id}/setup/").content.decode()
    settings = "".join(re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL))
    assert not re.findall(r"\{(host|port|endpoint|token|http_\w+)\}", settings)
    assert str(source.port) in settings if source.port else "8421" in settings


def test_other_words_for_a_kind_get_the_same_offer() -> None:
    offers = {kind: sender_of_kind(kind) for kind in ("yamaha_rtx", "windows", "sshd", "json")}
    titles = {kind: offer.id if offer else None for kind, offer in offers.items()}
    assert titles == {"yamaha_rtx": "yamaha", "windows": "windows", "sshd": "linux", "json": None}


def test_the_token_is_shown_once(town: Town, owner: Client) -> None:
    source = make(owner, town, "http")
    token = token_of(source_id=source.id, version=1)
    assert token in owner.get(f"/sources/{source.id}/setup/").content.decode()
    assert token not in owner.get(f"/sources/{source.id}/setup/").content.decode()
    assert token not in owner.get(f"/sources/{source.id}/").content.decode()


def test_consent_is_asked_and_recorded_with_the_person(town: Town, owner: Client) -> None:
    url = f"/companies/{town.aoba.organisation.id}/sources/new/fortigate/"
    refused = owner.post(url, {"name": "x", "expect_every_s": "0"})
    assert refused.status_code == 422
    assert "見守るには同意が必要です" in refused.content.decode()
    source = make(owner, town, "fortigate")
    assert source.consent_by == town.people["owner", "own"].email
    assert not source.consent_by_command


def test_the_first_readable_record_says_that_it_arrived(
    town: Town, owner: Client, arrived: Callable[[SourceStatus], None]
) -> None:
    source = town.aoba.source
    assert "まだ届いていません" in owner.get(f"/sources/{source.id}/").content.decode()
    arrived(replace(STATUS, source=source.id, first_readable="<b>hello</b>", first_readable_at=NOW))
    page = owner.get(f"/sources/{source.id}/").content.decode()
    assert "届きました" in page
    assert "&lt;b&gt;hello&lt;/b&gt;" in page


def test_unreadable_records_say_why_and_show_one(
    town: Town, owner: Client, arrived: Callable[[SourceStatus], None]
) -> None:
    arrived(
        replace(
            STATUS,
            source=town.aoba.source.id,
            readable=0,
            set_aside=10,
            last_set_aside_reason="unknown_format",
            last_set_aside="???",
        )
    )
    page = owner.get(f"/sources/{town.aoba.source.id}/").content.decode()
    assert "届いていますが、読み取れません" in page
    assert "形式の設定を確かめてください" in page
    assert "???" in page


def test_waiting_for_the_first_record_costs_a_304(town: Town, owner: Client) -> None:
    url = f"/sources/{town.aoba.source.id}/"
    first = owner.get(url, headers={"HX-Request": "true"})
    assert b"<html" not in first.content
    again = owner.get(url, headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_stopping_asks_first_and_then_stops(town: Town, owner: Client) -> None:
    url = f"/sources/{town.aoba.source.id}/revoke/"
    assert "止めますか" in owner.get(url).content.decode()
    owner.post(url)
    source = Source.objects.of(town.aoba.organisation.id).get(pk=town.aoba.source.id)
    assert source.revoked_at is not None


def test_the_staff_of_a_company_read_but_do_not_change(town: Town) -> None:
    staff = sign_in(town.people["staff", "own"])
    assert staff.get("/sources/").status_code == 200
    assert staff.get(f"/sources/{town.aoba.source.id}/setup/").status_code == 403


@pytest.mark.parametrize(
    ("minutes", "every_s", "expected"),
    [
        (1, 900, Watch.WATCHING),
        (20, 900, Watch.LATE),
        (46, 900, Watch.SILENT),
        (46, 0, Watch.WATCHING),
        (60 * 25, 0, Watch.QUIET),
    ],
)
def test_silence_is_judged_by_what_was_promised(
    minutes: int, every_s: int, expected: Watch
) -> None:
    source = Source(expect_every_s=every_s)
    assert judge(source, STATUS, now=NOW + timedelta(minutes=minutes)).watch is expected


def test_a_late_record_does_not_prove_a_source_alive() -> None:
    old = replace(STATUS, last_alive=NOW - timedelta(hours=2))
    assert judge(Source(expect_every_s=900), old, now=NOW).watch is Watch.SILENT


def test_a_name_that_is_taken_is_told_and_shows_no_token_again(owner: Client, town: Town) -> None:
    """Two devices under one name would be one source, and its token would be seen twice."""
    first = make(owner, town, "http")
    twice = make(owner, town, "http")  # the button pressed twice: still the first one's setting
    assert twice.id == first.id
    owner.get(f"/sources/{first.id}/setup/")
    url = f"/companies/{town.aoba.organisation.id}/sources/new/http/"
    answer = owner.post(url, {"name": "試しの機器", "expect_every_s": "900", "consent": "on"})
    assert answer.status_code == 422
    assert "同じ呼び名の機器が、もう登録されています" in answer.content.decode()


def test_every_offer_stands_under_one_heading(town: Town, owner: Client) -> None:
    offered = [sender for group in groups() for sender in group.senders]
    assert offered == list(senders())
    page = owner.get(f"/companies/{town.aoba.organisation.id}/sources/new/").content.decode()
    for group in groups():
        assert f'href="#{group.id}"' in page
        assert f'<h2 id="{group.id}">{group.title}</h2>' in page
