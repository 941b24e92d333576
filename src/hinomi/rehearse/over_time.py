"""What no single record shows: a guessed password, a device nobody knows, a server that turns out
to be an attacker's only days later. And the ordinary weeks from which the tower learns.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.rehearse.lines import fortigate, sophos, windows
from hinomi.rehearse.scenes import FORTIGATE_SERIAL, SOPHOS_SERIAL, Line, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

LEARNING_DAYS = 18  # more than the fortnight that a baseline learns in silence
GUESSED_PC, GUESSER = "KITA-UKETSUKE2", "198.51.100.171"
VISITED_PC, VISITED = "192.168.11.34", "cdn.kanri-update.example"
_VISIT_DAYS_AGO = 2
_FAILURES, _EVERY = 14, timedelta(seconds=20)
_STRANGE_MAC = "3c:52:82:7a:19:c4"
# What stands in the factory of みなと食品: the last byte of the address → the maker's MAC.
_FACTORY = {24: "00:1a:8c:00:00:31", 25: "00:1a:8c:00:00:32", 40: "00:80:92:4e:10:07"}


def ordinary_weeks(*, end: datetime) -> Iterator[Line]:
    """The factory's own machines on each day, and the office's one visit that nobody thought
    anything of. Oldest first."""
    for day in range(LEARNING_DAYS, 0, -1):
        moment = end - timedelta(days=day)
        for number, (host, mac) in enumerate(_FACTORY.items()):
            yield _factory_line(moment + timedelta(minutes=number), host=host, mac=mac)
        if day == _VISIT_DAYS_AGO:
            yield _visit(moment + timedelta(minutes=10))


def _factory_line(moment: datetime, *, host: int, mac: str) -> Line:
    raw = sophos.line(
        "allowed",
        moment,
        serial=SOPHOS_SERIAL,
        mac=mac,
        src=f"192.168.31.{host}",
        sport=50_000 + host,
        dst=f"198.51.100.{host}",
        dport=443,
        session=31_000 + host,
        sent=4_100,
        received=18_200,
    )
    return Line("minato", "router", moment, raw)


def _visit(moment: datetime) -> Line:
    raw = fortigate.line(
        "web",
        moment,
        device="AOBA-FGT",
        serial=FORTIGATE_SERIAL,
        src=VISITED_PC,
        sport=50_731,
        dst="203.0.113.139",
        dport=443,
        site=VISITED,
        session=552_018,
        sent=48_211,
        received=1_904,
    )
    return Line("aoba", "router", moment, raw)


def _password_guessed(start: datetime) -> list[Line]:
    """Fourteen tries at one PC from outside, and then one that works."""
    tries = [start - _EVERY * number for number in range(_FAILURES, 0, -1)]
    failed = {"Status": "0xc000006d", "SubStatus": "0xc000006a"}
    return [
        *(_sign_in("logon_failed", moment, **failed) for moment in tries),
        _sign_in("logon", start),
    ]


def _sign_in(kind: str, moment: datetime, **more: str) -> Line:
    data = {
        "TargetUserName": "uketsuke",
        "TargetDomainName": GUESSED_PC,
        "LogonType": "3",  # the network: where remote desktop asks for the password first
        "IpAddress": GUESSER,
        "IpPort": "50127",
        "LogonProcessName": "NtLmSsp",
        **more,
    }
    return Line("kita", "pc", moment, windows.line(kind, moment, computer=GUESSED_PC, data=data))


def _strange_device(start: datetime) -> list[Line]:
    return [_factory_line(start, host=77, mac=_STRANGE_MAC)]


def _nothing_new(_: datetime) -> list[Line]:
    """The record came days ago; what is new is the knowledge."""
    return []


OVER_TIME = (
    Scene(
        "password_guessed",
        0,
        "kita",
        "外から何度も試したあと、パソコンに入られる",
        _password_guessed,
    ),
    Scene("new_device", 0, "minato", "工場に、はじめての機器がつながる", _strange_device),
    Scene(
        "late_indicator",
        0,
        "aoba",
        "2日前に通信した相手が、きょう攻撃者のものと分かる",
        _nothing_new,
        known_bad=(VISITED,),
    ),
)
