"""Rule packs on a running worker: a trial, going back within seconds, a held rule."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from tests.stores.test_pipeline_worker import AOI, FUMI, Scene
from tests.unit.pipeline.packs.making import made, put, rule_id

from hinomi.config import load_config
from hinomi.core.directory import Directory, Organisation
from hinomi.core.ids import partition_of
from hinomi.pipeline.packs import acts
from hinomi.pipeline.packs.noise import MOST_PER_COMPANY_HOUR, Reason
from hinomi.pipeline.packs.overview import held_rules
from hinomi.pipeline.packs.state import Verb
from hinomi.store.directory import publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hinomi.core.findings import Finding
    from hinomi.core.records import RawRecord

SECONDS = 15.0  # of patience; what is promised is measured and asserted apart


class Town(Scene):
    """Two companies, three versions of a pack, and lines of this very minute."""

    def __init__(self, data: Path, making: Path) -> None:
        super().__init__(data)
        (data / "rules" / "marked.yml").unlink()
        publish(Directory(organisations=(company(AOI), company(FUMI))), data=data)
        for version, words in (
            ("1", {1: "fire"}),
            ("2", {1: "fire", 2: "smoke"}),
            ("3", {1: "fire", 2: "smoke", 3: "loud"}),
        ):
            put(data, made(making, words, version=version))
        self.config = load_config(data=data, environ={})

    def _raw(self, text: bytes, organisation: str, base: datetime) -> RawRecord:
        made = super()._raw(text, organisation, base)
        stamp = base.astimezone(ZoneInfo("Asia/Tokyo")).strftime("%b %d %H:%M:%S").encode()
        return replace(made, raw=b"<38>%s srv app[1]: %s %d" % (stamp, text, self.count))

    def at_work(self, pack: str, *, trial: str = "") -> bool:
        try:
            told = json.loads((self.data / "run" / "worker.json").read_text())
        except (OSError, ValueError):
            return False
        return told["packs"] == ({"town": pack} if pack else {}) and told["trial"] == (
            {"town": trial} if trial else {}
        )

    def findings(self, organisation: str) -> list[Finding]:
        with self.reader() as reader:
            rows = reader.findings_after(partition_of(organisation), 0, 10_000)
        return [one for _, one in rows if one.organisation == organisation]

    def rules(self, organisation: str) -> list[str]:
        """Of the packs' own; baselines may speak too."""
        found = (one.rule_id for one in self.findings(organisation))
        return [one for one in found if one.startswith("00000000-")]

    def say(self, text: bytes, *organisations: str) -> None:
        """A line to each, and `fire` behind it: when that is found, the line was judged."""
        for organisation in organisations:
            before = self.rules(organisation).count(rule_id(1))
            self.write(text, b"fire", organisation=organisation)
            self.wait(
                "the line behind it",
                lambda who=organisation, n=before: self.rules(who).count(rule_id(1)) > n,
                seconds=SECONDS,
            )


def company(name: str) -> Organisation:
    return Organisation(id=name, name=name)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    (tmp_path / "data").mkdir()
    made = Town(tmp_path / "data", tmp_path / "making")
    acts.activate(made.config, "town", "1", who="守")
    made.start()
    made.wait("version 1", lambda: made.at_work("1"), seconds=60)
    yield made
    made.close()


def test_a_trial_is_seen_by_its_companies_only_until_it_is_promoted_and_rolled_back(
    town: Town,
) -> None:
    day = timedelta(days=1)
    acts.start_trial(town.config, "town", "2", organisations=[AOI], span=day, who="守")
    town.wait("the trial", lambda: town.at_work("1", trial="2"), seconds=SECONDS)
    town.say(b"smoke", AOI, FUMI)
    assert rule_id(2) in town.rules(AOI)
    assert rule_id(2) not in town.rules(FUMI)
    assert versions_of(town, AOI, smoke_only=True) == ['{"town":"2"}']
    assert versions_of(town, FUMI) == ['{"town":"1"}']

    acts.promote(town.config, who="守")
    town.wait("version 2", lambda: town.at_work("2"), seconds=SECONDS)
    town.say(b"smoke", FUMI)
    assert town.rules(FUMI).count(rule_id(2)) == 1

    began = time.monotonic()
    acts.roll_back(town.config, "town", who="守")
    town.wait("version 1 again", lambda: town.at_work("1"), seconds=SECONDS)
    assert time.monotonic() - began < 8
    town.say(b"smoke", FUMI)
    assert town.rules(FUMI).count(rule_id(2)) == 1


def test_a_trial_that_has_run_its_time_is_everybody_s_though_nobody_looks(town: Town) -> None:
    span = timedelta(seconds=6)
    acts.start_trial(town.config, "town", "2", organisations=[AOI], span=span, who="守")
    town.wait("the trial", lambda: town.at_work("1", trial="2"), seconds=SECONDS)
    town.wait("version 2 for all", lambda: town.at_work("2"), seconds=SECONDS)
    town.say(b"smoke", FUMI)
    assert town.rules(FUMI).count(rule_id(2)) == 1


def versions_of(town: Town, organisation: str, *, smoke_only: bool = False) -> list[str | None]:
    """What the pack hashes in the company's findings stood for, as anybody can look it up."""
    found = (one for one in town.findings(organisation) if one.rule_id.startswith("00000000-"))
    hashes = {one.rule_pack for one in found if not smoke_only or one.rule_id == rule_id(2)}
    with town.reader() as reader:
        return [reader.rule_book(one) for one in sorted(hashes)]


def test_a_noisy_rule_is_held_at_every_company_until_a_person_resumes_it(town: Town) -> None:
    day = timedelta(days=1)
    acts.start_trial(town.config, "town", "3", organisations=[AOI, FUMI], span=day, who="守")
    town.wait("the trial", lambda: town.at_work("1", trial="3"), seconds=SECONDS)
    wait_for_a_young_hour()
    town.write(*[b"loud"] * (MOST_PER_COMPANY_HOUR + 5))
    town.wait("the hold", lambda: bool(held_rules(town.config)), seconds=30)
    (held,) = held_rules(town.config)
    assert (held.rule.rule_id, held.rule.reason) == (rule_id(3), Reason.COMPANY_HOUR)
    assert (held.is_held, held.waits, held.rule.version) == (True, True, "3")

    time.sleep(2.5)  # the engine takes the hold in with its next look around
    town.say(b"loud", FUMI)
    assert silenced(town, FUMI) == ["held"]
    acts.decide(town.config, rule_id(3), verb=Verb.RESUME, reason="x", until=None, who="守")
    time.sleep(2.5)
    town.say(b"loud", FUMI)
    assert silenced(town, FUMI) == ["held", ""]
    assert silenced(town, AOI).count("") >= MOST_PER_COMPANY_HOUR


def silenced(town: Town, organisation: str) -> list[str]:
    """Of the loud rule's findings, oldest first."""
    return [one.silenced_by for one in town.findings(organisation) if one.rule_id == rule_id(3)]


def wait_for_a_young_hour() -> None:
    """The limit is per clock hour: a burst must not fall on both sides of it."""
    now = datetime.now(UTC)
    if now.minute == 59 and now.second > 40:
        time.sleep(60 - now.second)
