"""A company that does not agree, or no longer does: nothing is recorded, nothing stays for ever."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.agent.collector import Told, told
from hinomi.agent.refusal import FILE, KEPT_S
from hinomi.agent.sending import Outcome, pauses
from hinomi.agent.settings import STATE
from hinomi.cli.main import main
from hinomi.core.signals import Goodbye
from tests.agent.scripted import Clock, Scripted, happens, made, send_all
from tests.agent.tower import TOKEN, Tower
from tests.collect.conftest import collect, folder

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from hinomi.agent.running import Agent
    from tests.collect.conftest import Collect

__all__ = ["collect", "folder"]
_ASKS_AGAIN_S = 300.0
_PATIENCE_S = 10.0


def _told(*numbers: int, pad: int = 0) -> list[Told]:
    """`pad`: bytes of each that do not compress."""
    chance = random.Random(7)
    return [
        told({"hinomi": "process", "n": number, "pad": chance.randbytes(pad).hex()})
        for number in numbers
    ]


def _until(agent: Agent, outcome: Outcome) -> None:
    """The real tower reads its directory each second or so."""
    end = time.monotonic() + _PATIENCE_S
    agent.send_once(pauses())
    while agent.last_answer.outcome is not outcome:
        assert time.monotonic() < end, agent.last_answer
        time.sleep(0.1)
        agent.send_once(pauses())


def _scripted(agent: Agent) -> Scripted:
    (found,) = agent.collectors
    assert isinstance(found, Scripted)
    return found


def _later(agent: Agent, seconds: float) -> None:
    assert isinstance(agent.wall, Clock)
    agent.wall.now += seconds


def _refused(tmp_path: Path, tower: Tower) -> Agent:
    """An agent that recorded one program (and its own heartbeat and inventory) and hears no."""
    agent = made(tmp_path, tower.url)
    happens(agent, 1)
    tower.has_consent = False
    assert agent.send_once(pauses()) >= 60
    return agent


def _status(agent: Agent) -> str:
    _later(agent, 60)
    agent.round()
    told = json.loads((agent.folder / STATE).read_text("utf-8"))
    assert told["last_answer"] == agent.last_answer.outcome.value
    return " ".join(told["broken"])


def test_without_consent_nothing_more_is_listened_to_or_written_down(
    tmp_path: Path, tower: Tower
) -> None:
    agent = _refused(tmp_path, tower)
    collector, waiting = _scripted(agent), agent.spool.state().records
    collector.waiting += _told(2)
    _later(agent, 600)
    agent.round()
    agent.flush()
    agent.say_goodbye(Goodbye.OFF)
    assert collector.is_closed
    assert agent.collectors == ()
    assert agent.spool.state().records == waiting
    agent.close()


def test_the_status_says_in_a_sentence_why_and_until_when_what_waits_is_kept(
    tmp_path: Path, tower: Tower
) -> None:
    agent = _refused(tmp_path, tower)
    said = _status(agent)
    assert "見守りの同意がないので、記録していません。" in said
    assert f"{agent.spool.state().records}件は" in said
    assert "に消します" in said
    agent.close()


def test_the_tower_is_asked_seldom_and_without_any_record(tmp_path: Path, tower: Tower) -> None:
    agent = _refused(tmp_path, tower)
    tower.bodies.clear()
    waits = [agent.send_once(pauses()) for _ in range(5)]
    assert waits == [_ASKS_AGAIN_S] * 5
    assert tower.bodies == [0] * 5
    assert agent.last_answer.outcome is Outcome.NO_CONSENT
    agent.close()


def test_what_waited_is_forgotten_after_a_week_and_not_before(tmp_path: Path, tower: Tower) -> None:
    agent = _refused(tmp_path, tower)
    waiting = agent.spool.state().records
    assert waiting
    _later(agent, KEPT_S - 1)
    agent.send_once(pauses())
    assert agent.spool.state().records == waiting
    _later(agent, 1)
    agent.send_once(pauses())
    assert agent.spool.state().records == 0
    assert agent.refused == waiting
    assert "消します" not in _status(agent)
    agent.close()


def test_with_a_new_consent_it_goes_on_and_nothing_of_the_time_between_arrives(
    tmp_path: Path, tower: Tower
) -> None:
    agent = _refused(tmp_path, tower)
    collector = _scripted(agent)
    agent.round()
    collector.waiting += _told(2)
    agent.round()
    tower.has_consent = True
    send_all(agent)
    agent.round()
    assert _scripted(agent) is not collector
    happens(agent, 3)
    send_all(agent)
    assert [each["n"] for each in tower.of("process")] == [1, 3]
    assert len(tower.of("heartbeat")) == 2
    assert not (tmp_path / FILE).exists()
    agent.close()


def test_a_restart_begins_without_listening(tmp_path: Path, tower: Tower) -> None:
    _refused(tmp_path, tower).close()
    agent = made(tmp_path, tower.url)
    waiting = agent.spool.state().records
    happens(agent, 2)
    assert agent.collectors == ()
    assert agent.spool.state().records == waiting
    agent.close()


def test_a_tower_that_cannot_be_reached_is_no_consent(tmp_path: Path, tower: Tower) -> None:
    agent = _refused(tmp_path, tower)
    tower.has_consent, tower.answers = True, [503]
    agent.send_once(pauses())
    assert agent.last_answer.outcome is Outcome.LATER
    assert agent.refusal.is_on
    agent.close()


def test_a_token_revoked_after_the_consent_starts_nothing_again(
    tmp_path: Path, tower: Tower
) -> None:
    agent = _refused(tmp_path, tower)
    tower.has_consent, tower.answers = True, [403]
    agent.send_once(pauses())
    assert agent.last_answer.outcome is Outcome.UNKNOWN_TOKEN
    assert not agent.refusal.lets_record(now_s=agent.wall())
    agent.close()


def test_an_unknown_token_is_recorded_for_a_week_and_then_no_more(
    tmp_path: Path, tower: Tower
) -> None:
    """A company that left, and a machine where nobody took the agent away."""
    agent = made(tmp_path, tower.url, token="hnm_other")
    happens(agent, 1)
    agent.send_once(pauses())
    happens(agent, 2)
    waiting = agent.spool.state().records
    assert "トークン" in _status(agent)
    _later(agent, KEPT_S)
    agent.round()
    agent.send_once(pauses())
    assert waiting > 2
    assert (agent.spool.state().records, agent.collectors) == (0, ())
    assert "記録を止めました" in _status(agent)
    agent.close()


def test_a_note_of_a_refusal_that_cannot_be_read_forgets_nothing(
    tmp_path: Path, tower: Tower
) -> None:
    _refused(tmp_path, tower).close()
    (tmp_path / FILE).write_text("{")
    agent = made(tmp_path, tower.url)
    assert not agent.refusal.lets_record(now_s=time.time())
    assert not agent.refusal.is_over(now_s=time.time())
    tower.has_consent = True
    send_all(agent)
    assert [each["n"] for each in tower.of("process")] == [1]
    agent.close()


def test_enrolling_before_the_consent_is_written_down_and_said(
    tmp_path: Path, tower: Tower, capsys: pytest.CaptureFixture[str]
) -> None:
    tower.has_consent = False
    (tmp_path / "token").write_text(TOKEN)
    words = ["agent", "enrol", tower.url, "--token-file", str(tmp_path / "token")]
    assert main([*words, "--data", str(tmp_path / "agent")]) == 1
    assert "nothing is recorded until then" in capsys.readouterr().err
    assert (tmp_path / "agent" / FILE).exists()
    tower.has_consent = True
    assert main([*words, "--data", str(tmp_path / "agent")]) == 0
    assert not (tmp_path / "agent" / FILE).exists()


def test_the_real_tower_stops_and_starts_an_agent_by_consent(
    tmp_path: Path, collect: Collect
) -> None:
    """Also with a batch larger than what is read before the tower says no."""
    agent = made(tmp_path / "agent", collect.endpoints["ingest"], token="token-aoi")
    collect.change(id="aoi_token", awaits_consent=True)
    end = time.monotonic() + _PATIENCE_S
    while collect.post(b"")[0] != 401:
        assert time.monotonic() < end
        time.sleep(0.05)
    _scripted(agent).waiting += _told(*range(1_500), pad=600)
    agent.round()
    agent.flush()
    agent.send_once(pauses())
    assert agent.last_answer.outcome is Outcome.NO_CONSENT
    assert collect.records() == []
    agent.round()
    assert agent.collectors == ()
    collect.change(id="aoi_token", awaits_consent=False)
    _until(agent, Outcome.TAKEN)
    send_all(agent)
    numbers = [json.loads(each.raw).get("n") for each in collect.records(at_least=1_500)]
    assert sorted(n for n in numbers if n is not None) == list(range(1_500))
    agent.close()


def test_a_new_consent_does_not_reach_back_to_what_was_recorded_unknowing(
    tmp_path: Path, tower: Tower
) -> None:
    """The machine was offline for hours, and heard neither of the withdrawal nor of its end."""
    agent = made(tmp_path, tower.url)
    tower.answers = [503]
    for number in (1, 2, 3):  # at 0, 100 and 200 minutes
        happens(agent, number)
        _later(agent, 6_000)
    agent.send_once(pauses())
    tower.paused_s_ago = (14_000, 7_000)
    send_all(agent)
    assert [each["n"] for each in tower.of("process")] == [1, 3]
    assert agent.refused >= 1
    agent.close()
    again = made(tmp_path, tower.url)
    assert again.refusal.was_on(again.wall() + 6_000)
    again.close()


def test_the_real_tower_says_when_nobody_had_agreed(collect: Collect) -> None:
    assert "paused_s_ago" not in collect.post(b"")[1]
    now = datetime.now(UTC)
    pause = (now - timedelta(hours=2), now - timedelta(hours=1))
    collect.change(id="aoi_token", pause=pause)
    end = time.monotonic() + _PATIENCE_S
    while not (told := collect.post(b"")[1].get("paused_s_ago")):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert isinstance(told, list)
    assert 7_200 <= told[0] <= 7_215
    assert 3_600 <= told[1] <= 3_615
    assert "paused_s_ago" not in collect.post(b"a line")[1]
    assert [each.raw for each in collect.records(at_least=1)] == [b"a line"]
