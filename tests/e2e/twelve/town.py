"""Three companies on a running tower whose clock stands where the test wants it, and who works."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hinomi.config import REHEARSAL_MARK
from tests.e2e.contracts.tower import Tower

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hinomi.rehearse.mailbox import Mailbox
    from tests.e2e.contracts.tower import Source
    from tests.e2e.twelve.cases import Case

COMPANIES = {"aoba": "青葉工務店", "bunkyo": "文京歯科", "minato": "みなと食品"}
BOX_EVERY_S = 10  # the box whose silence is a case speaks this often
PATIENCE_S = 90.0  # of a machine that does much else; how long a notice took is asserted apart
SILENT_AFTER = 3  # such gaps (business/watching.py)
SERVICE = "まちの見守り"
PHONE = "03-1234-5678"
SECOND = "makoto@tower.example"  # a second analyst, for what one alone may not close
ANALYST, DESK = "mamoru@tower.example", "mado@tower.example"


@dataclass(slots=True)
class Town:
    """`began` is the machine's time at which the tower's clock stood at `start`."""

    tower: Tower
    mailbox: Mailbox
    start: datetime
    began: float
    companies: dict[str, str] = field(default_factory=dict)
    sources: dict[tuple[str, str], Source] = field(default_factory=dict)

    @property
    def web(self) -> str:
        """Where the screens are."""
        return self.tower.endpoints["web"].rstrip("/")

    def now(self) -> datetime:
        """The tower's time."""
        return self.start + timedelta(seconds=time.time() - self.began)

    def link(self, mail: str) -> str:
        """A one-time sign-in."""
        return str(self.tower.ask("user", "link", mail)["url"])

    def happen(self, case: Case) -> float:
        """Send what the case is made of; the machine's time when the last record was accepted, or
        when silence became one."""
        source = self.sources[case.company, case.machine]
        kind = "application/x-ndjson" if case.machine == "pc" else "text/plain"
        body = b"\n".join(case.lines(self.now())) if case.lines else self._beat()
        assert self.tower.post(body, source.token, Content_Type=kind).status == 200
        if case.lines is None:
            time.sleep(SILENT_AFTER * BOX_EVERY_S)
        return time.time()

    def incident(self, case: Case) -> dict[str, object]:
        """The one incident of this kind at the company, waited for."""
        deadline = time.monotonic() + PATIENCE_S
        found: list[dict[str, object]] = []
        while not found and time.monotonic() < deadline:
            rows = self.tower.incidents(
                self.companies[case.company],
                until=lambda rows: any(row["kind"] == case.kind for row in rows),
            )
            found = [row for row in rows if row["kind"] == case.kind]
        assert len(found) == 1, (case, rows, self.tower.errors())
        return dict(found[0])

    def _beat(self) -> bytes:
        local = self.now().astimezone()
        return (
            f'date={local:%Y-%m-%d} time={local:%H:%M:%S} devname="SOUKO-FW" logid="0100032001" '
            'type="event" subtype="system" level="information" msg="Performance statistics"'
        ).encode()


def move_in(data: Path, mailbox: Mailbox, *, start: datetime) -> Iterator[Town]:
    """A tower with everybody in their place, ended cleanly."""
    data.mkdir(parents=True, mode=0o700)
    (data / REHEARSAL_MARK).write_text("made by a test\n")
    began = time.time()
    environment = {
        "HINOMI_SMTP": mailbox.smtp_url,
        "HINOMI_SERVICE_NAME": SERVICE,
        "HINOMI_PHONE": PHONE,
        "HINOMI_CLOCK": start.isoformat(),
        "HINOMI_CLOCK_ORIGIN": str(began),
    }
    town = Town(Tower(data, environment), mailbox, start.astimezone(UTC), began)
    town.tower.up()
    try:
        _settle(town)
        yield town
    finally:
        assert town.tower.down() == 0, town.tower.errors()


def _settle(town: Town) -> None:
    ask = town.tower.ask
    firm = ask("firm", "add", "まちの見守りセンター")["id"]
    for mail, role in ((ANALYST, "analyst"), (SECOND, "analyst"), (DESK, "desk")):
        ask("user", "add", mail, "--firm", firm, "--role", role)
    for key, name in COMPANIES.items():
        company = town.tower.organisation(name, "--firm", firm)
        town.companies[key] = company
        ask("user", "add", owner_of(key), "--organisation", company, "--role", "owner")
        for machine, kind in (("gate", "fortigate"), ("pc", "windows")):
            town.sources[key, machine] = town.tower.source(company, kind, f"{name}の{machine}")
    silent = ("--expect-every", str(BOX_EVERY_S), "本社の見守り機器")
    town.sources["aoba", "box"] = town.tower.source(town.companies["aoba"], "fortigate", *silent)


def owner_of(company: str) -> str:
    """The owner's address."""
    return f"owner@{company}.example"
