"""What one person opened is taken out of records that the company itself may see."""

from __future__ import annotations

import time

import pytest

from hinomi.normalise.browsing import VEIL, veil


@pytest.mark.parametrize(
    "line",
    [
        'type="utm" subtype="webfilter" hostname="secret.example.com" url="/diary?x=1"',
        "1700000000.1 20 192.0.2.5 TCP_MISS/200 90 GET https://secret.example.com/diary - -",
        "dnsmasq[1]: query[A] secret.example.com from 192.0.2.5",
        '{"dns":{"rrname":"secret.example.com"},"http":{"url":"/diary"}}',
        "1,2026/11/21,THREAT,url,secret.example.com/diary,allow",
        "CEF:0|V|P|1|1|Web|3|request=http://secret.example.com/diary dhost=secret.example.com",
        "SECRET.EXAMPLE.COM:443/diary",
    ],
)
def test_what_was_opened_is_not_shown(line: str) -> None:
    shown = veil(line)
    assert VEIL in shown
    assert "secret" not in shown.lower()
    assert "diary" not in shown


@pytest.mark.parametrize(
    "line",
    [
        'devname="FG-HONSHA" attack="Botnet.C2" srcip=192.0.2.31 action="detected"',
        r"C:\Users\a\evil.exe was stopped, Trojan.Generic",
        "<13>Nov 20 10:12:00 gw sshd[1]: Failed password for root from 192.0.2.9",
        "user=tanaka@example.jp",
    ],
)
def test_what_is_no_site_stays(line: str) -> None:
    assert veil(line) == line


def test_a_hostile_line_takes_no_time() -> None:
    begun = time.perf_counter()
    for line in ("a." * 40_000, 'url="' * 15_000, "http://" * 12_000, "a-" * 40_000 + ".com"):
        veil(line)
    assert time.perf_counter() - begun < 1.0
