"""The auditor reads the very tables the bell writes, alone and in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client

from hinomi.business.escalation_audit import audit
from hinomi.config import Config, load_config
from hinomi.core.clock import SystemClock
from hinomi.core.errors import UsageError
from hinomi.portal.commands.auditor import Auditor
from hinomi.portal.escalations.evidence import gather
from hinomi.portal.escalations.models import Escalation, Step
from hinomi.portal.escalations.services import reached
from hinomi.portal.escalations.verdict import Verdict, read_verdict, write_verdict
from hinomi.portal.incidents.answering import give_answer
from hinomi.portal.incidents.models import DecisionRecord, Incident
from hinomi.portal.notices import outbox
from hinomi.portal.notices.models import FirmNotice, Notice, NoticeState
from hinomi.portal.notices.trays import FIRMS
from tests.portal.bell.conftest import FakeMail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal.escalations.conftest import Night

ALL = "a test looks"


class _Rows:
    """The test's own connection, as the auditor's is spoken to."""

    def execute(self, statement: str, values: tuple[object, ...] = ()) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("?", "%s"), values)
            return list(cursor.fetchall())


def faults(night: Night) -> list[str]:
    facts = gather(
        _Rows(),  # type: ignore[arg-type]
        now=night.moment,
        beat_at=night.moment,
        clock_jump=timedelta(),
    )
    return audit(facts, now=night.moment)


def send_all(night: Night) -> None:
    ways = {kind: FakeMail() for kind in ("mail", "sms", "voice")}
    for notice in Notice.objects.of(night.company).filter(state=NoticeState.QUEUED):
        outbox.send_one(notice.pk, channels=ways)
    for told in FirmNotice.objects.across_all(reason=ALL).filter(state=NoticeState.QUEUED):
        outbox.send_one(told.pk, channels=ways, tray=FIRMS)


@pytest.fixture
def running(night: Night) -> Night:
    """Three steps done and sent, one waiting."""
    Incident.objects.across_all(reason=ALL).exclude(kind="ransomware").update(level="today")
    night.attack()
    night.at()
    send_all(night)
    for minutes in (2, 5, 5):
        night.at(minutes=minutes)
        send_all(night)
    return night


def test_a_ladder_that_runs_as_it_should_is_proved(running: Night) -> None:
    assert faults(running) == []
    running.at(minutes=10)
    send_all(running)
    assert faults(running) == []


def test_an_answer_from_the_page_and_a_note_of_the_desk_are_proofs(running: Night) -> None:
    owner, desk = running.town.people["owner", "own"], running.town.people["desk", "own"]
    running.turn(seconds=1)
    give_answer(incident=running.incident(), choice="done", user=owner)
    running.at(seconds=1)
    assert faults(running) == []
    running.turn(minutes=1)
    reached(incident=running.incident(), who="葵", said="聞いた", user=desk)
    assert faults(running) == []


PLANTED = {
    "the bell stands still": (lambda night: night.turn(hours=1), "due and not run"),
    "a step is deleted": (
        lambda night: Step.objects.of(night.company).filter(number=1).delete(),
        "a step is missing",
    ),
    "the step that waits is deleted": (
        lambda night: Step.objects.of(night.company).filter(state="waiting").delete(),
        "0 steps wait",
    ),
    "a step is marked done and nothing was sent": (
        lambda night: (
            Step.objects.of(night.company)
            .filter(state="waiting")
            .update(state="done", ran_at=night.moment, sent=1)
        ),
        "sent 1, and 0 are there",
    ),
    "the ladder is ended by a machine": (
        lambda night: (
            Escalation.objects.of(night.company).update(stopped_at=night.moment, how="page"),
            Step.objects.of(night.company).filter(state="waiting").update(state="stopped"),
        ),
        "without a person's answer",
    ),
    "a call goes out twice": (
        lambda night: (
            outbox.resume(),
            Notice.objects.of(night.company)
            .filter(channel="voice")
            .update(state=NoticeState.QUEUED),
            send_all(night),
        ),
        "went out 2 times",
    ),
    "an incident without alarm": (
        lambda night: (
            DecisionRecord.objects.of(night.town.fumi.organisation.id).update(incident=None),
            Incident.objects.of(night.town.fumi.organisation.id).update(
                level="now", opened_at=night.moment
            ),
        ),
        "no alarm was rung",
    ),
    "the clock goes back": (lambda night: night.turn(hours=-3), "further ahead"),
}


@pytest.mark.parametrize(("plant", "said"), PLANTED.values(), ids=PLANTED)
def test_a_planted_failure_is_caught(running: Night, plant: Any, said: str) -> None:
    plant(running)
    found = faults(running)
    assert any(said in trouble for trouble in found), found


def test_the_verdict_stands_on_readyz_and_on_the_staff_s_page(running: Night, data: Path) -> None:
    (data / "run").mkdir(exist_ok=True)
    (data / "run" / "auditor.json").write_text("{}")
    write_verdict(data, Verdict(running.moment, ("K-1001 (1): due and not run.",), 1, 4))
    told = Client().get("/readyz").json()["troubles"]
    assert "The auditor found 1 faults in what was due." in told
    assert "K-1001" not in " ".join(told)  # that page is public
    running.turn(minutes=4)
    assert "The auditor has not looked for 3 minutes." in Client().get("/readyz").json()["troubles"]


@pytest.fixture
def outside() -> Iterator[tuple[str, list[bytes]]]:
    """The address that alarms when no ping comes."""
    heard: list[bytes] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ping", heard
    server.shutdown()
    server.server_close()


@pytest.mark.sockets
def test_the_address_outside_hears_of_a_good_verdict_only_and_no_name(
    tmp_path: Path, outside: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, heard = outside
    config = Config(data=tmp_path, clock=SystemClock(), deadman_url=url)
    auditor = Auditor(config)
    assert not auditor.look().is_good  # there is no store yet
    assert heard == []
    good = Verdict(config.clock.now(), (), 1, 4)
    monkeypatch.setattr(auditor, "_judge", lambda *_, **__: good)
    auditor.look()
    auditor.look()  # within the minute: no second ping
    assert [set(json.loads(each)) for each in heard] == [{"ok", "at"}]
    assert read_verdict(tmp_path) == good


@pytest.mark.parametrize("url", ["http://alarm.example/x", "ftp://127.0.0.1/x", "alarm.example"])
def test_an_address_outside_without_tls_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load_config(data=tmp_path, environ={"HINOMI_DEADMAN_URL": url})


def test_the_auditor_is_small_and_knows_no_django() -> None:
    """90 MB are its share of the gigabyte; most of them would be Django."""
    code = (
        "import sys, psutil, hinomi.portal.commands.auditor\n"
        "assert 'django' not in sys.modules and 'pyarrow' not in sys.modules\n"
        "assert psutil.Process().memory_info().rss < 90_000_000\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
