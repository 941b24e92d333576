"""The command a mail server hands bounced mails to."""

from __future__ import annotations

import io
import json
from argparse import Namespace
from typing import TYPE_CHECKING

from hinomi.portal.access.time import now
from hinomi.portal.commands import bounces
from hinomi.portal.ways import services
from hinomi.portal.ways.arrivals import reports_after
from hinomi.respond.channels.channel import Receipt
from tests.unit.respond.test_bounces import OURS, report

if TYPE_CHECKING:
    import pytest

    from tests.portal.town import Town


def hand_in(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> int:
    monkeypatch.setattr("sys.stdin", Namespace(buffer=io.BytesIO(raw)))
    return bounces.run(Namespace(format="jsonl"))


def test_a_bounce_of_ours_is_kept_once(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services.count(
        town.firm.id, "mail", Receipt(OURS), now(), organisation_id=town.aoba.organisation.id
    )
    for _ in range(2):
        assert hand_in(monkeypatch, report()) == 0
    (row,) = reports_after(0)
    assert (row.address, row.arrival, row.reason) == ("aoi@aoba.example", "hard", "5.1.1")
    assert row.handed.organisation_id == town.aoba.organisation.id
    assert json.loads(capsys.readouterr().out.splitlines()[0])["ours"] is True


def test_a_forged_bounce_switches_nobody_off(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever wants a customer silenced does not know the name of a mail to him."""
    services.count(town.firm.id, "mail", Receipt(OURS), now())
    assert hand_in(monkeypatch, report(message_id="<guess@hinomi.example>")) == 0
    assert hand_in(monkeypatch, b"\xff\x00 no mail at all") == 0
    assert reports_after(0) == []
    assert json.loads(capsys.readouterr().out.splitlines()[0])["ours"] is False
