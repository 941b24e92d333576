"""Where each kind of sender is told to send to."""

from __future__ import annotations

import pytest

from hinomi.portal.sources.endpoints import endpoint_of
from hinomi.portal.sources.kinds import known_kind, speaks_syslog


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("http", "/ingest/v1/events"),
        ("windows", "/ingest/v1/events"),
        ("filebeat", ""),
        ("hec", "/services/collector/event"),
        ("otlp", "/v1/logs"),
    ],
)
def test_a_kind_with_a_token_is_told_the_address_its_program_asks_for(kind: str, path: str) -> None:
    assert not speaks_syslog(known_kind(kind))
    assert endpoint_of(port=None, kind=kind) == f"http://127.0.0.1:8421{path}"


@pytest.mark.parametrize("kind", ["gelf", "beats", "netflow", "nxlog", "cisco_asa"])
def test_a_kind_whose_wire_carries_no_token_gets_a_port_of_its_own(kind: str) -> None:
    assert speaks_syslog(known_kind(kind))
    assert endpoint_of(port=21_501, kind=kind) == "127.0.0.1:21501"
