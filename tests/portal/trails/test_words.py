"""Every act has words: a manager reads Japanese, not codes."""

from __future__ import annotations

import fnmatch

import pytest

from hinomi.business.consent import Act
from hinomi.pipeline.packs.state import Verb
from hinomi.portal.notices.trays import TRAYS
from hinomi.portal.tickets.models import MailOutcome
from hinomi.portal.trails.words import AREAS, WORDS, told, told_detail
from hinomi.triage.campaigns import Stance
from tests.portal.trails.acts import codes

# What a part that only running shows can be.
FILLED = {
    "consents:consent:*": [act.value for act in Act],
    "incidents:campaign:answer_*": [Stance.ATTACK.value, Stance.UPDATE.value],
    "notices:*:failed": [tray.name for tray in TRAYS],
    "rules:rule:*": [verb.value for verb in Verb],
    "tickets:mail:*": [outcome.value for outcome in MailOutcome],
}


def test_every_code_in_the_sources_has_words() -> None:
    found = codes()
    assert len(found) > 80, "the search finds nothing any more"
    silent = {
        filled
        for code in found
        for filled in ([code.replace("*", each) for each in FILLED.get(code, ["*"])])
        if filled not in WORDS
    }
    assert not silent, "write words for these into trails/words.py"


def test_every_pattern_that_is_filled_here_is_still_used() -> None:
    assert set(FILLED) <= codes()


@pytest.mark.parametrize("code", sorted(WORDS))
def test_every_code_belongs_to_a_kind_that_can_be_searched(code: str) -> None:
    assert any(fnmatch.fnmatch(code, f"{area}*") for area in AREAS)


def test_an_unknown_code_is_shown_and_not_hidden() -> None:
    assert told("other:thing:done") == "説明のない記録（other:thing:done）"
    assert told_detail({"incident": "K-1001", "odd": 3}) == "受付番号 K-1001・odd 3"
