"""Made-up Windows event streams for measuring: lab-like, mixed fleet, hostile. Seeded, so the same
everywhere; written by us, so a rate on them is no rate on anyone's real logs.

What makes a stream dear is how many values are new. `lab` repeats a few machines, `fleet` is 400
machines with their own users and programs, `hostile` makes nearly every value new and attacks in
every fourth event.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.detect import templates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Row = dict[str, object]
_SYSMON = "Microsoft-Windows-Sysmon"
_STARTER = r"C:\Windows\System32\services.exe"
_SERVICES = ("svchost.exe", "spoolsv.exe", "msiexec.exe", "taskhostw.exe", "dllhost.exe")
_START = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Habit:
    """How a stream behaves. `freshness`: how often a name or number is made anew."""

    machines: int
    users: int
    freshness: float
    attacks: float
    has_message: bool


HABITS = {
    "lab": Habit(machines=4, users=6, freshness=0.02, attacks=0.01, has_message=True),
    "fleet": Habit(machines=400, users=600, freshness=0.12, attacks=0.0005, has_message=False),
    "hostile": Habit(machines=2_000, users=3_000, freshness=0.6, attacks=0.25, has_message=False),
}


def lines(name: str, count: int, *, seed: int = 1) -> Iterator[bytes]:
    """`count` events of the stream as JSON lines."""
    maker = _Maker(HABITS[name], random.Random(f"{name}{seed}"))
    for number in range(count):
        yield json.dumps(maker.row(number), separators=(",", ":")).encode()


@dataclass(slots=True)
class _Maker:
    """Remembers what was made, so that a stream can repeat itself as real ones do."""

    habit: Habit
    dice: random.Random
    made: dict[str, list[str]] = field(default_factory=dict)
    builds: dict[str, Row] = field(default_factory=dict)

    def row(self, number: int) -> Row:
        (make,) = self.dice.choices(_MAKERS, _WEIGHTS)
        fields = make(self)
        moment = _START + timedelta(seconds=number * 0.7)
        row: Row = {
            "EventTime": moment.isoformat(timespec="milliseconds"),
            "Hostname": f"PC-{self.dice.randrange(self.habit.machines):04}.aoi.example",
            "Keywords": -9223372036854775808,
            "Severity": "INFO",
            "Version": 5,
            "OpcodeValue": 0,
            "RecordNumber": number,
            "ThreadID": self.dice.randrange(9_999),
            **fields,
        }
        if self.habit.has_message:
            row["Message"] = "\r\n".join(f"{name}: {value}" for name, value in fields.items())
        return row

    def fill(self, template: str) -> str:
        """`{word}` → a value of that kind, most often one that was there before."""
        parts = template.split("{")
        out = [parts[0]]
        for part in parts[1:]:
            word, _, rest = part.partition("}")
            out += [self.value(word), rest]
        return "".join(out)

    def value(self, word: str) -> str:
        """One value of a kind: new with the habit's freshness, else one of those made before."""
        made = self.made.setdefault(word, [])
        if made and self.dice.random() >= self.habit.freshness:
            return made[int(self.dice.random() ** 2 * len(made))]
        value = templates.KINDS[word](self.dice)
        if len(made) < 4_000:
            made.append(value)
        return value

    def program(self) -> tuple[str, str]:
        """(path, command line) of a process: ordinary, or an attack as often as the habit says."""
        if self.dice.random() < self.habit.attacks:
            image, line = self.dice.choice(templates.ATTACKS)
        else:
            image, line = self.dice.choice(templates.PROGRAMS)
        path = self.fill(image)
        return path, self.fill(line).replace("<image>", path)

    def parent(self, path: str) -> tuple[str, str]:
        """Who starts the program: services are started by the one that starts services."""
        if path.endswith(_SERVICES):
            return _STARTER, _STARTER
        return self.program()

    def registry(self) -> str:
        """A key: an autostart only as often as there are attacks."""
        is_attack = self.dice.random() < self.habit.attacks
        return self.fill(
            self.dice.choice(templates.AUTOSTARTS if is_attack else templates.REGISTRY)
        )

    def build(self, path: str) -> Row:
        """What a file says of itself: the same file says the same everywhere."""
        if path not in self.builds:
            self.builds[path] = {
                "FileVersion": templates.KINDS["version"](self.dice),
                "Description": path.rsplit("\\", 1)[-1].split(".")[0].title(),
                "Product": templates.KINDS["product"](self.dice),
                "Company": self.value("company"),
                "OriginalFileName": path.rsplit("\\", 1)[-1],
                "Hashes": templates.KINDS["hashes"](self.dice),
            }
        return self.builds[path]

    def user(self) -> str:
        """A user of the stream's company."""
        return f"AOI\\user{self.dice.randrange(self.habit.users)}"


def _sysmon(event_id: int, **fields: object) -> Row:
    return {
        "SourceName": _SYSMON,
        "Channel": f"{_SYSMON}/Operational",
        "EventID": event_id,
        "RuleName": "-",
        **fields,
    }


def _process(maker: _Maker) -> Row:
    image, line = maker.program()
    parent, parent_line = maker.parent(image)
    return _sysmon(
        1,
        UtcTime=maker.value("time"),
        ProcessGuid=maker.value("guid"),
        ProcessId=maker.dice.randrange(20_000),
        Image=image,
        **maker.build(image),
        CommandLine=line,
        CurrentDirectory=maker.fill(maker.dice.choice(templates.FOLDERS)),
        User=maker.user(),
        LogonGuid=maker.value("guid"),
        LogonId=maker.value("logon"),
        TerminalSessionId=1,
        IntegrityLevel=maker.dice.choice(("Medium", "High", "System")),
        ParentProcessGuid=maker.value("guid"),
        ParentProcessId=maker.dice.randrange(20_000),
        ParentImage=parent,
        ParentCommandLine=parent_line,
    )


def _library(maker: _Maker) -> Row:
    library = maker.fill(maker.dice.choice(templates.LIBRARIES))
    return _sysmon(
        7,
        UtcTime=maker.value("time"),
        ProcessGuid=maker.value("guid"),
        ProcessId=maker.dice.randrange(20_000),
        Image=maker.program()[0],
        ImageLoaded=library,
        **maker.build(library),
        Signed="true",
        Signature=maker.value("company"),
        SignatureStatus="Valid",
        User=maker.user(),
    )


def _network(maker: _Maker) -> Row:
    return _sysmon(
        3,
        UtcTime=maker.value("time"),
        ProcessGuid=maker.value("guid"),
        ProcessId=maker.dice.randrange(20_000),
        Image=maker.program()[0],
        User=maker.user(),
        Protocol="tcp",
        Initiated="true",
        SourceIsIpv6="false",
        SourceIp=maker.value("inside"),
        SourceHostname="-",
        SourcePort=maker.dice.randrange(49_152, 65_536),
        DestinationIsIpv6="false",
        DestinationIp=maker.value("outside"),
        DestinationHostname=maker.value("domain"),
        DestinationPort=maker.dice.choice((443, 443, 443, 80, 53, 445, 389)),
    )


def _registry(maker: _Maker) -> Row:
    return _sysmon(
        13,
        EventType="SetValue",
        UtcTime=maker.value("time"),
        ProcessGuid=maker.value("guid"),
        ProcessId=maker.dice.randrange(20_000),
        Image=maker.program()[0],
        TargetObject=maker.registry(),
        Details=maker.fill(maker.dice.choice(("DWORD (0x{hex})", "{word}", "Binary Data"))),
        User=maker.user(),
    )


def _file(maker: _Maker) -> Row:
    return _sysmon(
        11,
        UtcTime=maker.value("time"),
        ProcessGuid=maker.value("guid"),
        ProcessId=maker.dice.randrange(20_000),
        Image=maker.program()[0],
        TargetFilename=maker.fill(maker.dice.choice(templates.FILES)),
        CreationUtcTime=maker.value("time"),
        User=maker.user(),
    )


def _access(maker: _Maker) -> Row:
    return _sysmon(
        10,
        UtcTime=maker.value("time"),
        SourceProcessGUID=maker.value("guid"),
        SourceProcessId=maker.dice.randrange(20_000),
        SourceImage=maker.program()[0],
        TargetProcessGUID=maker.value("guid"),
        TargetImage=maker.program()[0],
        GrantedAccess=maker.dice.choice(("0x1000", "0x1400", "0x1fffff", "0x1410", "0x40")),
        CallTrace=maker.fill(
            r"C:\Windows\SYSTEM32\ntdll.dll+{hex}|C:\Windows\System32\KERNELBASE.dll+{hex}"
        ),
        SourceUser=maker.user(),
        TargetUser=r"NT AUTHORITY\SYSTEM",
    )


def _dns(maker: _Maker) -> Row:
    return _sysmon(
        22,
        UtcTime=maker.value("time"),
        ProcessGuid=maker.value("guid"),
        ProcessId=maker.dice.randrange(20_000),
        QueryName=maker.value("domain"),
        QueryStatus=0,
        QueryResults=maker.fill("::ffff:{outside};"),
        Image=maker.program()[0],
        User=maker.user(),
    )


def _security(event_id: int, **fields: object) -> Row:
    return {
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "Channel": "Security",
        "EventID": event_id,
        **fields,
    }


def _logon(maker: _Maker) -> Row:
    return _security(
        maker.dice.choice((4624, 4624, 4624, 4625)),
        SubjectUserSid="S-1-0-0",
        SubjectUserName="-",
        SubjectDomainName="-",
        SubjectLogonId="0x0",
        TargetUserSid=maker.value("sid"),
        TargetUserName=maker.user().split("\\")[1],
        TargetDomainName="AOI",
        TargetLogonId=hex(maker.dice.randrange(1 << 24)),
        LogonType=maker.dice.choice((2, 3, 3, 5, 7, 10)),
        LogonProcessName=maker.dice.choice(("Kerberos", "NtLmSsp ", "User32 ", "Advapi  ")),
        AuthenticationPackageName=maker.dice.choice(("Kerberos", "NTLM", "Negotiate")),
        WorkstationName=maker.value("host"),
        ProcessName=maker.program()[0],
        IpAddress=maker.value("inside"),
        IpPort=maker.dice.randrange(65_536),
    )


def _object(maker: _Maker) -> Row:
    return _security(
        maker.dice.choice((4663, 4656, 4658, 5145)),
        SubjectUserSid=maker.value("sid"),
        SubjectUserName=maker.user().split("\\")[1],
        SubjectDomainName="AOI",
        SubjectLogonId=hex(maker.dice.randrange(1 << 24)),
        ObjectServer="Security",
        ObjectType=maker.dice.choice(("File", "Key", "Process")),
        ObjectName=maker.fill(maker.dice.choice(templates.FILES + templates.REGISTRY)),
        ShareName=r"\\*\IPC$",
        RelativeTargetName=maker.dice.choice(templates.PIPES),
        AccessMask=maker.dice.choice(("0x1", "0x2", "0x10000", "0x120089")),
        ProcessId=hex(maker.dice.randrange(20_000)),
        ProcessName=maker.program()[0],
    )


def _script(maker: _Maker) -> Row:
    _, line = maker.program()
    return {
        "SourceName": "Microsoft-Windows-PowerShell",
        "Channel": "Microsoft-Windows-PowerShell/Operational",
        "EventID": 4104,
        "MessageNumber": 1,
        "MessageTotal": 1,
        "ScriptBlockText": maker.fill(maker.dice.choice(templates.SCRIPTS)) + "\n" + line,
        "ScriptBlockId": maker.value("guid"),
        "Path": maker.fill(maker.dice.choice(("", r"C:\Scripts\{word}.ps1"))),
    }


_MAKERS: tuple[Callable[[_Maker], Row], ...]
_MAKERS = (_library, _access, _registry, _process, _network, _file, _object, _logon, _dns, _script)
_WEIGHTS = (22, 14, 14, 14, 10, 8, 8, 6, 3, 1)
