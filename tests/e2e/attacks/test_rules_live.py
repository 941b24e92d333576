"""Rules that change under a running tower: in use without a restart, and no record is lost."""

from __future__ import annotations

import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.e2e.attacks.waiting import wait_for

if TYPE_CHECKING:
    from tests.e2e.attacks.conftest import Ground
    from tests.e2e.contracts.tower import Source

pytestmark = [pytest.mark.journey, pytest.mark.sockets]
_PATIENCE_S = 20.0


def _rule(asked: str) -> str:
    return (
        "title: Live\nid: x-live\nlevel: low\nlogsource: {product: generic}\n"
        f"detection: {{s: {{live: {asked}}}, condition: s}}\n"
    )


@pytest.fixture
def source(ground: Ground) -> Source:
    """Of a company of its own."""
    return ground.tower.source(ground.tower.organisation("規則の店"), "generic")


class Stream:
    """Records that go on, one every 50 ms; which of them were found by the live rule."""

    def __init__(self, ground: Ground, source: Source) -> None:
        self.ground, self.source, self.sent = ground, source, 0

    def until_found(self, word: str) -> bool:
        """Send `word` again and again until the rule finds one that was sent from now on."""
        before = self._found()[word]
        return wait_for(
            lambda: self._send(word), lambda _: self._found()[word] > before, seconds=_PATIENCE_S
        )

    def is_found(self, word: str) -> bool:
        """Whether a record sent now is found."""
        before = self._found()[word]
        self._send(word)
        self.ground.end_marker(self.source.organisation, self.source)
        return self._found()[word] > before

    def _send(self, word: str) -> bool:
        self.sent += 1
        body = f'{{"live": "{word}", "number": {self.sent}}}'.encode()
        return self.ground.tower.post(body, self.source.token).status == 200

    def _found(self) -> Counter[str]:
        found = self.ground.findings(self.source.organisation, until=lambda _: True)
        return Counter(
            one.evidence[-1].fields["live"] for one in found if one.rule_id.startswith("x-live")
        )


def test_a_rule_that_is_added_edited_broken_and_removed(ground: Ground, source: Source) -> None:
    path, beside = ground.rules / "live.yml", ground.rules / "beside.yml"
    stream = Stream(ground, source)
    worker = _worker(ground)
    assert not stream.is_found("one")

    path.write_text(_rule("one"), encoding="utf-8")
    assert stream.until_found("one")

    path.write_text(_rule("two"), encoding="utf-8")
    assert stream.until_found("two")
    assert not stream.is_found("one")

    path.write_text(_rule("three").replace("condition: s", "condition: s and"), encoding="utf-8")
    told = wait_for(
        lambda: ground.tower.ask("doctor"),
        lambda rows: "live.yml" in str(rows),
        seconds=_PATIENCE_S,
    )
    assert "live.yml" in str(told)
    beside.write_text(_rule("beside").replace("x-live", "x-live-2"), encoding="utf-8")
    assert stream.until_found("beside"), "by now the worker has read the broken file too"
    assert stream.is_found("two"), "a broken edit must not switch off what worked"

    path.unlink()
    beside.unlink()
    gone = wait_for(lambda: stream.is_found("two"), lambda found: not found, seconds=_PATIENCE_S)
    assert not gone
    assert _worker(ground) == worker, "the worker was started anew"
    listed = ground.tower.events(source.organisation, at_least=stream.sent)
    numbers = Counter(row["event.original"] for row in listed if '"live"' in row["event.original"])
    assert (len(numbers), set(numbers.values())) == (stream.sent, {1})


def test_a_worker_killed_between_the_parts_of_a_sequence_tells_it_once(
    ground: Ground, source: Source
) -> None:
    first, second = ('{"sequence": "of-two-groups", "step": "a", "user": "killed"}',) * 2
    assert ground.tower.post(first.encode(), source.token).status == 200
    ground.end_marker(source.organisation, source)
    before = _worker(ground)
    psutil.Process(before).send_signal(signal.SIGKILL)
    assert ground.tower.post(second.encode(), source.token).status == 200
    ground.end_marker(source.organisation, source)
    told = [one.rule_id for one in ground.findings(source.organisation)]
    assert (told.count("x-of-two-groups"), _worker(ground) != before) == (1, True)


def _worker(ground: Ground) -> int:
    for _ in range(50):
        for pid in ground.tower.children():
            if "hinomi.pipeline.worker" in " ".join(psutil.Process(pid).cmdline()):
                return pid
        time.sleep(0.1)
    raise AssertionError("no worker runs")
