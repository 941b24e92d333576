"""The relay's page: what it tells people to do, and that nothing it shows can become markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hinomi.pipeline.relay.hearing import Heard
from hinomi.pipeline.relay.page import next_steps, page_of, told_of
from hinomi.pipeline.relay.place import Brought, Listening
from hinomi.pipeline.relay.sending import Line
from hinomi.pipeline.relay.telling import State
from hinomi.store.spool import SpoolState

NOW = datetime(2026, 11, 21, 1, 2, tzinfo=UTC)
QUIET = State(
    now=NOW,
    listening=Listening("src_1", "本社の中継機", (Brought("a", "UTM", "fortigate", 5140),)),
    spool=SpoolState(records=0, size_bytes=0, oldest_at=None, dropped=0, damaged=0),
    spool_limit_bytes=1000,
    line=Line(sent=3, last_sent_at=NOW),
    heard={"a": Heard(3, NOW)},
    strangers={},
    shared_port=5514,
    uptime_s=10.0,
    clock_offset_s=0.0,
    udp_overflow=0,
    is_open=True,
)


def test_when_all_is_well_there_is_nothing_to_do_and_the_figures_are_shown() -> None:
    page = page_of(QUIET)
    assert list(next_steps(QUIET)) == []
    assert "いまは、することはありません" in page
    assert "UTM：3件、最後は11月21日 10:02" in page
    assert "本社の中継機" in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (replace(QUIET, line=Line(is_refused=True)), "止められています"),
        (
            replace(QUIET, listening=Listening("r", "中継機", awaits_consent=True)),
            "見守りの同意がまだないため",
        ),
        (
            replace(QUIET, line=Line(trouble="x", trouble_since=NOW - timedelta(minutes=6))),
            "11月21日 09:56から、記録を送れていません",
        ),
        (replace(QUIET, spool=replace(QUIET.spool, size_bytes=900)), "もうすぐいっぱい"),
        (replace(QUIET, clock_offset_s=-3600.0), "時計がずれています"),
        (replace(QUIET, heard={}), "「UTM」から、まだ届いていません"),
        (replace(QUIET, strangers={"192.0.2.9": NOW}), "登録のない機器（192.0.2.9）"),
        (replace(QUIET, warnings=("Port 5140 is not open",)), "受け口を開けません"),
    ],
)
def test_each_trouble_says_what_to_do(state: State, words: str) -> None:
    (step,) = next_steps(state)
    assert words in step
    assert words in page_of(state)
    assert told_of(state)["next"] == [step]


def test_a_short_cut_of_the_line_troubles_nobody() -> None:
    line = Line(trouble="x", trouble_since=NOW - timedelta(minutes=4))
    assert list(next_steps(replace(QUIET, line=line))) == []


def test_a_name_is_text_whatever_it_holds() -> None:
    hostile = Brought("b", "<script>alert(1)</script>", "auto", 5141)
    page = page_of(replace(QUIET, listening=Listening("r", "<b>", (hostile,))))
    assert "<script>" not in page
    assert "<b>" not in page


def test_what_was_dropped_and_waits_is_counted() -> None:
    spool = SpoolState(1_234, 500, NOW - timedelta(days=1), 56, 0)
    page = page_of(replace(QUIET, spool=spool))
    assert "1,234件" in page
    assert "56件" in page
    assert "11月20日 10:02" in page
