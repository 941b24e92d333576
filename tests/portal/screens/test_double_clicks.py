"""A nervous finger: every button of the bell and the desk, pressed twice at the same moment, leaves
exactly the rows that one press leaves. Real connections, one per request, as the web's threads have
them."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from pysqlite3 import dbapi2

from hinomi.portal.access.time import now
from hinomi.portal.duties.models import Slot
from hinomi.portal.incidents.wording import text_of
from hinomi.portal.notices.models import Notice
from hinomi.portal.notices.presses import press_url, tap_url
from tests.portal.town import configured, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django.fixtures import SettingsWrapper

    from tests.portal.town import Town

ALL = "a test counts everything"
# A session is written anew by each request; it says nothing of what was done.
_NOT_COUNTED = {"django_session", "accounts_signinlink"}


@dataclass(frozen=True)
class Button:
    """Who presses what, with which fields."""

    who: tuple[str, str] | None
    url: str
    fields: dict[str, object] = field(default_factory=dict)


DESK, ANALYST, MANAGER, OWNER = (
    ("desk", "own"), ("analyst", "own"), ("manager", "own"), ("owner", "own"),
)  # fmt: skip


def buttons(town: Town) -> dict[str, Button]:
    """By what it says."""
    case = f"/queue/{town.aoba.incident.number}/"
    ticket, asked = (f"/{kind}/{town.aoba.ticket.number}/" for kind in ("tickets", "consultations"))
    company, version = town.aoba.organisation.id, town.aoba.incident.version
    call = f"/calls/first/{town.aoba.call.pk}/"
    choice = next(
        each.choice for each in text_of(town.aoba.incident).buttons if each.choice != "done"
    )
    notice = Notice.objects.of(company).get(pk=town.aoba.notice.pk)
    rung = Notice.objects.of(company).get(dedupe_key="rung")
    said = {"text": "二度押し", "once": "one filled-in form"}
    return {
        "困った": Button(OWNER, "/help/", {"choice": "screen", "company": company}),
        "この番号に電話": Button(
            OWNER, f"/help/{town.aoba.ticket.number}/phone/", {"phone": "03-5555-1234"}
        ),
        "相談を送る": Button(OWNER, "/consultations/", {**said, "subject": "メール"}),
        "続きを送る": Button(OWNER, asked, said),
        "解決した": Button(OWNER, f"{asked}solved/"),
        "できた": Button(
            OWNER, f"/incidents/{town.aoba.incident.number}/answer/", {"choice": choice}
        ),
        "メールの中のボタン": Button(
            None, _path(tap_url(company, notice.dedupe_key)), {"choice": choice}
        ),
        "電話のキー": Button(None, _path(press_url(rung.pk)), {"Digits": "2"}),
        "にせものを知らせる": Button(
            OWNER, "/suspicious/", {"way": "mail", "text": "にせもの", "company": company}
        ),
        "返事を送る": Button(DESK, f"{ticket}reply/", {
            **said, "text": "そのメールは消してください。", "version": town.aoba.ticket.version,
        }),
        "社内メモ": Button(DESK, f"{ticket}note/", said),
        "電話した": Button(DESK, f"{ticket}called/", said),
        "取る（相談）": Button(DESK, f"{ticket}take/"),
        "渡す": Button(DESK, f"{ticket}hand-over/", {**said, "expert": "analyst"}),
        "つなぐ": Button(DESK, f"{ticket}link/", {"number": town.aoba.incident.number}),
        "その日まで置く": Button(
            DESK, f"{ticket}snooze/", {"day": f"{now() + timedelta(days=3):%Y-%m-%d}"}
        ),
        "当番の電話を予約": Button(DESK, f"{ticket}call/", {"version": town.aoba.ticket.version}),
        "状態（相談）": Button(DESK, f"{ticket}state/", {"state": "done"}),
        "電話の相談を作る": Button(
            DESK,
            f"/companies/{company}/tickets/new/",
            {**said, "subject": "電話", "calls_back": "on"},
        ),
        "メールを相談に入れる": Button(
            DESK, f"/tickets/mails/{town.aoba.letter.pk}/", {"number": town.aoba.ticket.number}
        ),
        "取る（案件）": Button(ANALYST, f"{case}take/", {"from": ""}),
        "状態（案件）": Button(ANALYST, f"{case}state/", {
            "version": version, "state": "assigned", "reason": "見る",
        }),
        "メモ（案件）": Button(ANALYST, f"{case}note/", {"text": "確認した", "for_customer": ""}),
        "電話で話せた": Button(
            DESK, f"/escalations/{town.aoba.incident.number}/", {"who": "葵", "said": "抜いた"}
        ),
        "まとめて取る": Button(ANALYST, "/queue/many/", {
            "once": "one press", "act": "take", "reason": "",
            "row": f"{town.aoba.incident.number}:{version}",
        }),
        "電話の前のメモ": Button(
            DESK, f"/customers/{company}/note/", {"version": 0, "text": "耳が遠い"}
        ),
        "電話を始める": Button(DESK, f"/calls/first/with/{company}/", {"number": "03-9876-5432"}),
        "知らない人の用件": Button(
            DESK, "/calls/first/unknown/", {"number": "03-0", "note": "用件"}
        ),
        "次の電話を約束": Button(DESK, f"{call}promise/", {"within": "30", "version": 1}),
        "電話を終える": Button(DESK, f"{call}finish/", {"version": 1, "about": ""}),
        "全員に知らせる": Button(MANAGER, "/forgeries/warn/", {"sure": "yes"}),
    }  # fmt: skip


@pytest.fixture
def house(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper
) -> House:
    settings.HINOMI = configured(public_url="https://tower.example")
    Slot.objects.create(
        firm=town.firm, order="first", user=town.people["desk", "own"], phone="03-1234-0000",
        starts_at=now() - timedelta(hours=4), ends_at=now() + timedelta(hours=8),
        published_at=now(),
    )  # fmt: skip
    Notice.objects.create(
        organisation=town.aoba.organisation, incident_number=town.aoba.incident.number,
        channel="voice", to="03-1111-1111", subject="電話", body_text="電話", dedupe_key="rung",
    )  # fmt: skip
    return House(town, tmp_path, monkeypatch)


class House:
    """The town on disk, anew for each button."""

    def __init__(self, town: Town, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.town, self._folder, self._patch = town, folder, patch
        people = (DESK, ANALYST, MANAGER, OWNER)
        self._cookies = {who: sign_in(town.people[who]).cookies for who in people}
        connection.ensure_connection()
        with closing(dbapi2.connect(str(folder / "laid.sqlite"))) as copy:
            connection.connection.backup(copy)
            copy.execute("PRAGMA journal_mode=WAL")  # as the tower's own lies
        self._laid = (folder / "laid.sqlite").read_bytes()

    def press(self, *pressed: Button) -> tuple[list[int], dict[str, int]]:
        """All at once on a fresh town: how each was answered, and what is there."""
        path = self._folder / "pressed.sqlite"
        for old in self._folder.glob(f"{path.name}*"):
            old.unlink()
        path.write_bytes(self._laid)
        settings = {**connections.settings["default"], "NAME": str(path)}
        self._patch.setitem(connections.settings, "default", settings)
        cache.clear()
        codes: list[int] = []
        begin = threading.Barrier(len(pressed))

        def work(button: Button) -> None:
            client = Client(raise_request_exception=False)
            if button.who:
                client.cookies = self._cookies[button.who]
            begin.wait()
            codes.append(client.post(button.url, button.fields).status_code)

        _in_threads([partial(work, button) for button in pressed])
        counted: dict[str, int] = {}
        _in_threads([lambda: counted.update(rows())])
        return codes, counted


def rows() -> dict[str, int]:
    """How many there are of everything."""
    return {
        model._meta.db_table: model._base_manager.count()
        if not hasattr(model._base_manager.all(), "across_all")
        else model._base_manager.all().across_all(reason=ALL).count()
        for model in apps.get_models()
        if model._meta.db_table not in _NOT_COUNTED
    }


def _in_threads(works: list[Callable[[], None]]) -> None:
    def alone(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=alone, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[-1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a copy of the town is a file")
def test_two_presses_at_once_leave_what_one_leaves(house: House) -> None:
    before = house.press(Button(None, "/healthz"))[1]
    faults = []
    for name, button in buttons(house.town).items():
        (code,), once = house.press(button)
        codes, twice = house.press(button, button)
        if code not in (200, 302) or once == before:
            faults.append(f"{name} does nothing: {code}")
        if max(codes) >= 500:
            faults.append(f"{name} breaks: {codes}")
        if once != twice:
            more = {at: (n, twice[at]) for at, n in once.items() if n != twice[at]}
            faults.append(f"{name} does something twice: {more}")
    assert not faults, "\n".join(faults)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a copy of the town is a file")
def test_of_two_people_at_the_same_moment_one_wins_and_nothing_breaks(house: House) -> None:
    known = buttons(house.town)
    pairs = {
        "取る（案件）": replace(known["取る（案件）"], who=MANAGER),
        "状態（案件）": replace(known["状態（案件）"], who=MANAGER),
        "返事を送る": Button(
            ANALYST,
            known["返事を送る"].url,
            {**known["返事を送る"].fields, "once": "another form", "text": "開かないでください。"},
        ),
        "メールを相談に入れる": replace(known["メールを相談に入れる"], who=ANALYST),
        "電話を終える": replace(known["電話を終える"], who=ANALYST),
    }
    faults = []
    for name, other in pairs.items():
        alone = [house.press(each)[1] for each in (known[name], other)]
        codes, both = house.press(known[name], other)
        if max(codes) >= 500 or both not in alone:
            faults.append(f"{name}: {codes}")
    assert not faults, "\n".join(faults)
