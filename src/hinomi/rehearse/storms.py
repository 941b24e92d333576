"""What comes to many companies at once: an update that looks like an attack, and an attack.

Both are the same on every PC they reach; only a person can say which is which.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hinomi.rehearse.lines import linux, windows
from hinomi.rehearse.scenes import Line, Scene, process_line

if TYPE_CHECKING:
    from datetime import datetime

# Company, PC and who works there. No PC of another scene: there the update would be one event of an
# attack's story, and that is told, not held.
DESKS = (
    ("aoba", "AOBA-KEIRI2", "aoi"),
    ("bunkyo", "BUNKYO-SHINSATSU1", "fumi"),
    ("minato", "MINATO-SOUMU2", "nagisa"),
    ("kita", "KITA-KAIKEI1", "minoru"),
)
STRANGER = "198.51.100.233"
_TRIES = 12


def _update(start: datetime) -> list[Line]:
    """An accounting program updates itself out of a folder where no program belongs."""
    return [
        process_line(
            company,
            computer,
            start + timedelta(seconds=20 * number),
            image="C:\\Users\\Public\\Kaikei\\update.exe",
            command=f'"C:\\Users\\Public\\Kaikei\\update.exe" /quiet /user:{user}',
            parent="C:\\Program Files (x86)\\Kaikei\\KaikeiAgent.exe",
            user=f"{computer}\\{user}",
        )
        for number, (company, computer, user) in enumerate(DESKS)
    ]


def _same_stranger(start: datetime) -> list[Line]:
    """One address tries passwords at three companies, at each by another door."""
    moments = [start + timedelta(milliseconds=400 * number) for number in range(_TRIES)]
    return [
        line
        for number, moment in enumerate(moments)
        for line in (
            _desktop("minato", "MINATO-SOUMU2", moment),
            _desktop("kita", "KITA-KAIKEI1", moment),
            _server(number, moment),
        )
    ]


def _desktop(company: str, computer: str, moment: datetime) -> Line:
    data = {
        "TargetUserName": "administrator",
        "TargetDomainName": computer,
        "LogonType": "10",
        "IpAddress": STRANGER,
        "IpPort": "51220",
        "Status": "0xc000006d",
        "SubStatus": "0xc000006a",
        "LogonProcessName": "User32",
    }
    raw = windows.line("logon_failed", moment, computer=computer, data=data)
    return Line(company, "pc", moment, raw)


def _server(number: int, moment: datetime) -> Line:
    slots = {"host": "yoyaku", "pid": 7000 + number, "user": "root", "sport": 42_000 + number}
    raw = linux.line("failed_password", moment, src=STRANGER, **slots)
    return Line("bunkyo", "server", moment, raw)


STORMS = (
    Scene("update_storm", 0, "", "同じ会計ソフトの更新が、4社でいっせいに動く", _update),
    Scene("same_stranger", 0, "", "同じ相手が、3社に入ろうとする", _same_stranger),
)
