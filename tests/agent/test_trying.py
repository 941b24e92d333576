"""A try (試験) needs no person where an agent is: it shows one by a program that really starts."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from hinomi.agent import trying
from hinomi.agent.lookups import MachineLookups
from hinomi.agent.proc_polling import ProcCollector
from hinomi.agent.sending import Backoff, Outcome
from hinomi.agent.trying import AGAIN_S, Tries
from hinomi.core.signals import try_names_in
from tests.agent.scripted import Clock, happens, made, send_all

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.agent.running import Agent
    from tests.agent.tower import Tower

NAME = "shiken-abcdefgh"


def _shown(agent: Agent) -> list[str]:
    found: list[str] = []
    agent.tries = Tries(show=found.append)
    return found


def test_a_try_that_the_tower_waits_for_is_shown_once(tmp_path: Path, tower: Tower) -> None:
    agent = made(tmp_path, tower.url)
    shown = _shown(agent)
    happens(agent, 1)
    send_all(agent)
    assert shown == []
    tower.awaited_try = NAME
    for number in (2, 3):
        happens(agent, number)
        send_all(agent)
    assert shown == [NAME]
    tower.awaited_try = "shiken-hgfedcba"
    happens(agent, 4)
    send_all(agent)
    assert shown == [NAME, "shiken-hgfedcba"]
    agent.close()


def test_what_was_lost_on_the_way_is_shown_again_after_an_hour(
    tmp_path: Path, tower: Tower
) -> None:
    """Asked by a request without a record: this machine has nothing else to tell."""
    agent = made(tmp_path, tower.url)
    shown = _shown(agent)
    tower.awaited_try = NAME
    assert isinstance(agent.wall, Clock)
    for _ in range(2):
        agent._ask(Backoff())
        agent.wall.now += AGAIN_S + 1
    assert shown == [NAME, NAME]
    agent.close()


def test_a_tower_can_start_nothing_but_a_try(tmp_path: Path, tower: Tower) -> None:
    agent = made(tmp_path, tower.url)
    shown = _shown(agent)
    for text in ("; reboot", "shiken-abcdefgh; reboot", "shiken-ABC", "$(id)", " " + NAME, "-c"):
        tower.awaited_try = text
        agent._ask(Backoff())
        assert agent.last_answer.outcome is Outcome.TAKEN
    assert shown == []
    agent.close()


def test_without_a_consent_no_try_is_shown(tmp_path: Path, tower: Tower) -> None:
    agent = made(tmp_path, tower.url)
    shown = _shown(agent)
    tower.awaited_try, tower.has_consent = NAME, False
    agent._ask(Backoff())
    agent.round()
    tower.has_consent = True
    agent._ask(Backoff())
    assert shown == []
    agent.round()
    agent._ask(Backoff())
    assert shown == [NAME]
    agent.close()


def test_the_program_is_seen_though_the_agent_leaves_out_its_own(tmp_path: Path) -> None:
    collector = ProcCollector(lookups=MachineLookups(), own_pid=os.getpid())
    trying.show(NAME)
    end = time.monotonic() + 10
    found: list[bytes] = []
    while not found and time.monotonic() < end:
        found = [each.body for each in collector.read() if try_names_in(each.body)]
        time.sleep(0.05)
    assert json.loads(found[0])["hinomi"] == "process"
