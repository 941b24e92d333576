"""The agent and a tower that answers, refuses, or is not there: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from hinomi.agent.collector import told
from hinomi.agent.running import HEARTBEAT_S
from hinomi.agent.sending import Answer, Outcome, pauses, wait_after
from hinomi.agent.settings import STATE
from hinomi.core.signals import Goodbye
from hinomi.store.uplink import Backoff
from tests.agent.scripted import Clock, Scripted, happens, made, send_all

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agent.tower import Tower


def test_what_happens_reaches_the_tower_once_with_the_machines_name(
    tmp_path: Path, tower: Tower
) -> None:
    agent = made(tmp_path, tower.url)
    happens(agent, 1, 2)
    send_all(agent)
    assert [each["n"] for each in tower.of("process")] == [1, 2]
    assert all(each["Computer"] for each in tower.of("process"))
    agent.close()


def test_an_answer_that_was_lost_doubles_nothing(tmp_path: Path, tower: Tower) -> None:
    tower.answers = [599]
    agent = made(tmp_path, tower.url)
    happens(agent, 1)
    send_all(agent)
    assert tower.requests >= 2
    assert len(tower.of("process")) == 1
    agent.close()


def test_days_without_a_tower_and_a_kill_lose_nothing(tmp_path: Path, tower: Tower) -> None:
    """A new process on the same folder goes on with the same batch and key."""
    agent = made(tmp_path, "http://127.0.0.1:9/ingest/v1/events")
    for number in range(300):
        happens(agent, number)
    assert agent.send_once(Backoff(draw=lambda: 0.0)) > 0
    agent.close()  # what a kill leaves: nothing of the memory is used again
    again = made(tmp_path, tower.url)
    tower.answers = [503, 500, 200]
    send_all(again)
    assert [each["n"] for each in tower.of("process")] == list(range(300))
    again.close()


def test_a_full_spool_leaves_out_files_before_programs_and_says_how_many(
    tmp_path: Path, tower: Tower
) -> None:
    agent = made(tmp_path, "http://127.0.0.1:9/ingest/v1/events", spool_bytes=400_000)
    collector = agent.collectors[0]
    assert isinstance(collector, Scripted)
    for number in range(300):
        collector.waiting += [
            told({"hinomi": "process", "n": number, "pad": "x" * 1_000}),
            told({"hinomi": "file", "n": number, "pad": "x" * 1_000}),
        ]
        agent.round()
        agent.flush()
    state = agent.spool.state()
    assert state.dropped == 0
    assert state.size_bytes <= 400_000
    dropped = agent.heartbeat()["dropped"]
    assert isinstance(dropped, dict)
    assert dropped["file"] > dropped.get("process", 0) > 0
    agent.close()


def test_a_refused_token_waits_and_forgets_nothing(tmp_path: Path, tower: Tower) -> None:
    agent = made(tmp_path, tower.url, token="hnm_other")
    happens(agent, 1)
    waiting = agent.spool.state().records
    assert agent.send_once(pauses()) >= 60
    assert agent.last_answer.outcome is Outcome.UNKNOWN_TOKEN
    assert agent.spool.state().records == waiting
    agent.close()


def test_one_record_nobody_can_read_is_counted_and_the_others_arrive(
    tmp_path: Path, tower: Tower
) -> None:
    tower.refused = b'"n":5,'
    agent = made(tmp_path, tower.url)
    happens(agent, *range(12))
    send_all(agent)
    assert [each["n"] for each in tower.of("process")] == [n for n in range(12) if n != 5]
    assert agent.refused == 1
    agent.close()


def test_two_machines_of_one_copied_disk_lose_nothing(tmp_path: Path, tower: Tower) -> None:
    """Both have the same token and the same name of their spool, so the same keys."""
    first = made(tmp_path / "one", tower.url)
    first.spool.close()
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    for name, numbers in (("one", (1, 2)), ("two", (3, 4))):
        agent = made(tmp_path / name, tower.url)
        happens(agent, *numbers)
        send_all(agent)
        agent.close()
    assert sorted(str(each["n"]) for each in tower.of("process")) == ["1", "2", "3", "4"]


def test_the_tower_says_how_long_to_wait(tmp_path: Path, tower: Tower) -> None:
    tower.answers, tower.retry_after = [429], "17"
    agent = made(tmp_path, tower.url)
    happens(agent, 1)
    assert agent.send_once(Backoff(draw=lambda: 0.0)) == 17
    agent.close()


def test_waiting_grows_with_chance_and_ends_at_some_minutes() -> None:
    backoff = pauses()
    backoff.draw = lambda: 0.0
    waits = [wait_after(Answer(Outcome.LATER), backoff) for _ in range(40)]
    assert waits[:4] == [2.0, 4.0, 8.0, 16.0]
    assert max(waits) == 300.0
    assert wait_after(Answer(Outcome.TAKEN), backoff) == 0.0
    assert wait_after(Answer(Outcome.LATER), backoff) == 2.0


def test_the_heartbeat_comes_each_five_minutes_and_says_what_does_not_work(
    tmp_path: Path, tower: Tower
) -> None:
    agent = made(tmp_path, tower.url)
    clock, collector = agent.wall, agent.collectors[0]
    assert isinstance(clock, Clock)
    assert isinstance(collector, Scripted)
    collector.sentences = ["監査を使えません。"]
    for _ in range(11):
        agent.round()
        clock.now += HEARTBEAT_S / 5
    agent.flush()
    send_all(agent)
    beats = tower.of("heartbeat")
    assert len(beats) == 3
    assert (beats[-1]["broken"], beats[-1]["lost"]) == (["監査を使えません。"], "3")
    assert json.loads((tmp_path / STATE).read_text("utf-8"))["broken"] == ["監査を使えません。"]
    agent.close()


@pytest.mark.parametrize("reason", [Goodbye.OFF, Goodbye.RESTART])
def test_the_last_words_are_sent_before_the_end(
    tmp_path: Path, tower: Tower, reason: Goodbye
) -> None:
    agent = made(tmp_path, tower.url)
    agent.ends.set()
    agent.run(why_it_ends=lambda: reason)
    assert [each["reason"] for each in tower.of("goodbye")] == [reason.value]
    assert isinstance(agent.collectors[0], Scripted)
    assert agent.collectors[0].is_closed
    agent.close()


def test_last_words_that_cannot_be_sent_wait_on_disk(tmp_path: Path, tower: Tower) -> None:
    agent = made(tmp_path, "http://127.0.0.1:9/ingest/v1/events")
    agent.ends.set()
    agent.run(why_it_ends=lambda: Goodbye.OFF)
    agent.close()
    again = made(tmp_path, tower.url)
    send_all(again)
    assert [each["reason"] for each in tower.of("goodbye")] == ["off"]
    again.close()


def test_going_to_sleep_is_said(tmp_path: Path, tower: Tower) -> None:
    agent = made(tmp_path, tower.url)
    agent.sleeps.set()
    agent.round()
    send_all(agent)
    assert [each["reason"] for each in tower.of("goodbye")] == ["sleep"]
    agent.close()
