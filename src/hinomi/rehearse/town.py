"""The make-believe town: four companies, what stands in their offices and who works there.

Addresses on the outside are from the documentation ranges (RFC 5737); on this machine each company
sends from a loopback address of its own, as it would from its own line.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """One thing that sends. `by` is how its records travel: "address" (private syslog from the
    company's fixed address), "port" (its own syslog port) or "token" (HTTP)."""

    key: str
    kind: str
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class Company:
    """One company of the town. `address` is where its syslog comes from."""

    key: str
    name: str
    address: str
    owner_name: str
    owner_mail: str
    machines: tuple[Machine, ...]
    nicknames: tuple[tuple[str, str], ...] = ()


PROVIDER = "まちの見守りセンター"
ANALYST_NAME, ANALYST_MAIL = "守", "mamoru@tower.example"

TOWN = (
    Company(
        key="aoba",
        name="青葉工務店",
        address="127.0.0.2",
        owner_name="葵",
        owner_mail="aoi@aoba.example",
        machines=(
            Machine("router", "fortigate", "事務所のFortiGate", "address"),
            Machine("pc", "windows", "事務所のパソコン", "token"),
        ),
        nicknames=(
            ("AOBA-SOUMU1", "総務1番"),
            ("AOBA-KEIRI2", "経理2番"),
            ("192.168.11.21", "経理2番"),
            ("192.168.11.34", "設計1番"),
        ),
    ),
    Company(
        key="bunkyo",
        name="文京歯科",
        address="127.0.0.3",
        owner_name="文",
        owner_mail="fumi@bunkyo.example",
        machines=(
            Machine("router", "yamaha_rtx", "受付のルーター", "address"),
            Machine("server", "linux", "予約サーバー", "port"),
            Machine("pc", "windows", "診察室のパソコン", "token"),
        ),
        nicknames=(("BUNKYO-UKETSUKE", "受付"), ("BUNKYO-SHINSATSU1", "診察室1番")),
    ),
    Company(
        key="minato",
        name="みなと食品",
        address="127.0.0.4",
        owner_name="渚",
        owner_mail="nagisa@minato.example",
        machines=(
            Machine("router", "sophos_firewall", "工場のSophos", "address"),
            Machine("pc", "windows", "営業のパソコン", "token"),
        ),
        nicknames=(
            ("MINATO-EIGYO4", "営業4番"),
            ("MINATO-SOUMU2", "総務2番"),
            ("192.168.31.24", "営業4番"),
            ("MINATO-EIGYO1", "営業 田中さん"),
        ),
    ),
    Company(
        key="kita",
        name="北町会計事務所",
        address="127.0.0.5",
        owner_name="実",
        owner_mail="minoru@kita.example",
        machines=(Machine("pc", "windows", "事務所のパソコン", "token"),),
        nicknames=(("KITA-KAIKEI1", "会計1番"), ("KITA-UKETSUKE2", "受付2番")),
    ),
)
