"""The worker's eye on rule packs: holds what is noisy on trial, and knows what is held.

Facts (what fired how often, what was held) are the pipeline store's; what people decided is in the
packs' state, which this only reads.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from hinomi.core.errors import StoreDamaged
from hinomi.pipeline.packs.noise import noisy_rules
from hinomi.pipeline.packs.state import State, is_held
from hinomi.pipeline.packs.state_file import read_state
from hinomi.store.held_rules import HeldRule
from hinomi.store.pipeline import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hinomi.config import Config
    from hinomi.pipeline.packs.noise import Noise
    from hinomi.pipeline.worker_rules import RuleBook, TrialBook
    from hinomi.store.pipeline_writer import PipelineWriter

JUDGE_EVERY_S = 10.0
logger = logging.getLogger(__name__)


class PackWatch:
    """Call `tend` about once a second; `held_in` is what it saw then."""

    def __init__(self, config: Config, store: PipelineWriter) -> None:
        self._config, self._store = config, store
        self._state = State()
        self._held: list[HeldRule] = []
        self._judge_at = 0.0
        self._noted: set[str] = set()

    def tend(self, book: RuleBook, *, monotonic: float) -> None:
        """Judge a trial when it is due, and look at what is held and decided."""
        self._note(book)
        if book.trial is not None and monotonic >= self._judge_at and self._store.may_tidy:
            self._judge_at = monotonic + JUDGE_EVERY_S
            self._judge(book, book.trial)
        self._held = self._store.held_rules()
        if self._held:
            self._read_state()

    def held_in(self, book: RuleBook) -> frozenset[str]:
        """Ids of the book's rules that open no incident now: held in just this wording."""
        if not self._held:
            return frozenset()
        now, digests = self._config.clock.now(), book.digests
        return frozenset(
            one.rule_id
            for one in self._held
            if digests.get(one.rule_id) == one.digest
            and is_held(self._state.decision(one.rule_id, one.digest), now)
        )

    def _judge(self, book: RuleBook, tried: TrialBook) -> None:
        trial, now = tried.trial, self._config.clock.now()
        counts, devices = self._store.trial_counts(trial.organisations, since=trial.since)
        days = (now - trial.since) / timedelta(days=1)
        watched = watched_rules(book.digests, tried.book.digests, since=trial.since)
        found = noisy_rules(counts, watched=watched, devices=devices, days=days)
        if found and self._store.hold_rules([_held(noise, tried, now) for noise in found]):
            logger.warning("held as noisy: %s", ", ".join(noise.rule_id for noise in found))

    def _read_state(self) -> None:
        try:
            self._state = read_state(self._config.data, now=self._config.clock.now())
        except StoreDamaged as error:
            logger.error("decisions on held rules stay as they were: %s", error)

    def _note(self, book: RuleBook) -> None:
        for one in (book, *([book.trial.book] if book.trial else [])):
            if one.rule_pack not in self._noted and self._store.fences:
                packs = msgspec.json.encode(dict(sorted(one.packs.items()))).decode()
                now = self._config.clock.now()
                self._store.note_rule_book(one.rule_pack, packs=packs, rules=one.loaded, at=now)
                self._noted.add(one.rule_pack)


def watched_rules(
    stable: Mapping[str, str], tried: Mapping[str, str], *, since: datetime
) -> dict[str, str]:
    """New rules from the trial's first hour on, rules worded anew from its first whole hour: before
    that the hour's count holds findings of the old wording too."""
    new, again = (text_of(since + timedelta(hours=hours))[:13] for hours in (0, 1))
    return {
        rule: again if rule in stable else new
        for rule, digest in tried.items()
        if stable.get(rule) != digest
    }


def _held(noise: Noise, tried: TrialBook, now: datetime) -> HeldRule:
    book, trial = tried.book, tried.trial
    titles = {one.id: one.handling.title_ja or one.title for one in book.tellers}
    return HeldRule(
        rule_id=noise.rule_id,
        digest=book.digests[noise.rule_id],
        title=titles[noise.rule_id],
        pack=trial.pack,
        version=trial.version,
        held_at=now,
        reason=noise.reason.value,
        companies=noise.companies,
        measured=noise.measured,
        most=noise.most,
    )
