"""A rule pack's life on a running tower, by commands and sockets only: signed, tried at a company,
held when it is noisy, promoted, taken back within seconds, killed in the middle of it."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.contracts.tower import Source, Tower
from tests.unit.pipeline.packs.making import folder_of, rule_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.sockets]
FIRE, SMOKE, LOUD = "fire in the shed", "smoke in the shed", "loud noise"
BURST = 130  # more than one company may get of one rule in an hour
BACK_WITHIN_S = 10.0  # promised: within seconds; two on an idle machine
PATIENCE_S = 30.0


class Street:
    """Two companies on one tower, and packs that a known key signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tower = Tower(folder / "data")
        firm = str(self.tower.ask("firm", "add", "火の見サービス")["id"])
        self.aoi = self.tower.organisation("青葉工務店", "--firm", firm)
        self.fumi = self.tower.organisation("文京歯科", "--firm", firm)
        self.pack("key", str(folder / "maker"))
        trusted = folder / "data" / "keys" / "packs"
        trusted.mkdir(parents=True)
        (trusted / "maker.pub").write_bytes((folder / "maker.pub").read_bytes())
        for version, words in (
            ("1", {1: FIRE}),
            ("2", {1: FIRE, 2: SMOKE}),
            ("3", {1: FIRE, 2: SMOKE, 3: LOUD}),
        ):
            self.install(version, words)
        self.pack("activate", "1")
        self.tower.up()
        self.sources = {who: self.tower.source(who, "linux") for who in (self.aoi, self.fumi)}
        self.until("version 1", lambda: self.at_work()["packs"] == {"town": "1"})

    def pack(self, *words: str) -> str:
        done = self.tower.command("rules", "pack", *words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def install(self, version: str, words: dict[int, str]) -> None:
        rules = folder_of(self.folder / f"town-{version}", words, version=version)
        output = str(self.folder / f"{version}.pack")
        named = ("--name", "town", "--version", version, "--output", output)
        self.pack("build", str(rules), *named, "--key", str(self.folder / "maker"))
        self.pack("install", output)

    def say(self, who: str, host: str, word: str, *, times: int = 1) -> None:
        """An incident is about one machine, so each step speaks of its own."""
        stamp = datetime.now(ZoneInfo("Asia/Tokyo")).strftime("%b %d %H:%M:%S")
        lines = [f"<38>{stamp} {host} app[1]: {word} {number}" for number in range(times)]
        source: Source = self.sources[who]
        assert self.tower.post("\n".join(lines).encode(), source.token).status == 200

    def machines(self, who: str) -> set[str]:
        """Machines with an incident, once that of the line just sent behind all others is there."""
        host = f"end{time.monotonic_ns()}"
        self.say(who, host, FIRE)
        rows = self.tower.incidents(who, until=lambda rows: any(_is_about(r, host) for r in rows))
        assert any(_is_about(row, host) for row in rows), self.tower.errors()
        return {str(row["device"]) for row in rows}

    def at_work(self) -> dict[str, dict[str, str]]:
        told: dict[str, dict[str, str]] = json.loads(
            (self.tower.data / "run" / "worker.json").read_text()
        )
        return told

    def until(self, what: str, is_so: Callable[[], bool]) -> float:
        began = time.monotonic()
        while not is_so():
            assert time.monotonic() - began < PATIENCE_S, (what, self.tower.errors())
            time.sleep(0.05)
        return time.monotonic() - began

    def held(self) -> list[dict[str, object]]:
        done = self.tower.command("rules", "held", "--format", "json")
        rows: list[dict[str, object]] = json.loads(done.stdout)
        return rows


def _is_about(row: dict[str, object], host: str) -> bool:
    return row["device"] == host


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    if made.tower.endpoints:
        made.tower.kill()


def test_a_pack_is_tried_promoted_and_taken_back_while_the_tower_runs(street: Street) -> None:
    street.pack("activate", "2", "--canary", street.aoi, "--for", "24h")
    street.until("the trial", lambda: street.at_work()["trial"] == {"town": "2"})
    for who in (street.aoi, street.fumi):
        street.say(who, "tried", SMOKE)
    assert "tried" in street.machines(street.aoi)
    assert "tried" not in street.machines(street.fumi)

    street.pack("promote")
    street.until("version 2", lambda: street.at_work()["packs"] == {"town": "2"})
    street.say(street.fumi, "promoted", SMOKE)
    assert "promoted" in street.machines(street.fumi)

    street.pack("rollback")
    took = street.until("version 1", lambda: street.at_work()["packs"] == {"town": "1"})
    assert took < BACK_WITHIN_S
    street.say(street.fumi, "back", SMOKE)
    assert "back" not in street.machines(street.fumi)

    street.tower.kill()
    street.pack("activate", "2")
    street.tower.up()
    street.until("version 2 after a kill", lambda: street.at_work()["packs"] == {"town": "2"})


def test_a_noisy_rule_opens_no_incident_until_somebody_resumes_it(street: Street) -> None:
    street.pack("activate", "3", "--canary", street.aoi, street.fumi)
    street.until("the trial", lambda: street.at_work()["trial"] == {"town": "3"})
    _wait_for_a_young_hour()
    street.say(street.aoi, "loud", LOUD, times=BURST)
    street.until("the hold", lambda: len(street.held()) == 1)
    (row,) = street.held()
    assert (row["id"], row["held"], row["pack"]) == (rule_id(3), "yes", "town 3")
    assert "findings within an hour at 1 company; at most 100" in str(row["why"])

    time.sleep(3)  # one look around of the worker
    street.say(street.fumi, "quiet", LOUD)
    assert "quiet" not in street.machines(street.fumi)
    decided = street.tower.command("rules", "held", rule_id(3), "--resume", "--reason", "backups")
    assert decided.returncode == 0, decided.stderr
    time.sleep(3)
    street.say(street.fumi, "heard", LOUD)
    assert {"heard", "quiet"} & street.machines(street.fumi) == {"heard"}
    assert [row["held"] for row in street.held()] == ["no"]


def _wait_for_a_young_hour() -> None:
    """The limit is per clock hour: a burst must not fall on both sides of it."""
    left = 3600 - time.time() % 3600
    if left < 20:
        time.sleep(left + 1)
