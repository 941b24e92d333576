"""Rule packs for the screens: two versions and one unsigned, a trial, rules that are held."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.pipeline.packs import acts
from hinomi.pipeline.packs.noise import Reason
from hinomi.pipeline.packs.state import Verb
from hinomi.portal.access.time import configuration, now
from hinomi.portal.sources.publication import publish_directory
from hinomi.store.held_rules import HeldRule
from hinomi.store.pipeline import FILE_NAME
from hinomi.store.pipeline_writer import PipelineWriter
from tests.unit.pipeline.packs.making import made, put, rule_id, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.config import Config

_REASONS = (Reason.DEVICE_DAY, Reason.COMPANY_HOUR, Reason.MEDIAN)


@dataclass(frozen=True)
class Packs:
    """What can be asked about."""

    held: str


def try_packs(companies: Sequence[str], *, titles: Sequence[str]) -> Packs:
    """Into the data folder of the screens; each title is a held rule, the last one decided."""
    config = configuration()
    with tempfile.TemporaryDirectory() as folder:
        _install(config, Path(folder))
    publish_directory()
    acts.activate(config, "hinomi", "2026.11.1", who="command")
    span = timedelta(hours=24)
    acts.start_trial(
        config, "hinomi", "2026.11.2", organisations=companies, span=span, who="command"
    )
    _hold(config, titles)
    until = now() + timedelta(days=30)
    acts.decide(
        config,
        rule_id(len(titles)),
        verb=Verb.KEEP,
        reason="夜間のバックアップを見分けられないため、次の版を待ちます",
        until=until,
        who="mamoru@example.jp",
    )
    return Packs(held=rule_id(1))


def _install(config: Config, folder: Path) -> None:
    for version, rules in (("2026.11.1", {1: "fire"}), ("2026.11.2", {1: "fire", 2: "smoke"})):
        put(config.data, made(folder, rules, version=version, name="hinomi"))
    strange = made(folder, {7: "flood"}, name="a-pack-with-a-long-name-from-a-partner")
    path = written(folder / "strange.pack", strange)
    acts.install_file(config, path, who="command", allow_unsigned=True)


def _hold(config: Config, titles: Sequence[str]) -> None:
    store = PipelineWriter(config.data / FILE_NAME)
    store.claim(owner="scenery", is_free=lambda *_: True)
    store.hold_rules(
        [
            HeldRule(
                rule_id=rule_id(number),
                digest="wording",
                title=title,
                pack="hinomi",
                version="2026.11.2",
                held_at=now() - timedelta(minutes=30 * number),
                reason=_REASONS[number % len(_REASONS)].value,
                companies=number,
                measured=40 * number,
                most=10 * number,
            )
            for number, title in enumerate(titles, 1)
        ]
    )
    store.release()
    store.close()
