"""Two firms with their customers on one running tower, made by the provisioning commands alone,
and the lines that make trouble there."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from tests.e2e.contracts.tower import Tower, udp
from tests.e2e.portal_contracts.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TypeVar

    from hinomi.rehearse.mailbox import Caught, Mailbox
    from tests.e2e.contracts.tower import Source

    _Found = TypeVar("_Found")

PATIENCE_S = 60.0  # on a machine that does much else; speed is measured in benchmarks
JST = timezone(timedelta(hours=9))


@dataclass(slots=True)
class Company:
    """One customer: its id, its people's addresses, its FortiGate."""

    id: str
    name: str
    owner: str
    staff: str
    source: Source


@dataclass(slots=True)
class Street:
    """Ours serves 青葉工務店 and 文京歯科; the other firm serves 海野水産."""

    tower: Tower
    mailbox: Mailbox
    firms: dict[str, str] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    _cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def web(self) -> str:
        """The screens' address."""
        return self.tower.endpoints["web"].rstrip("/")

    def visitor(self, mail: str) -> Visitor:
        """A signed-in browser of the person with that address, with cookies of its own. The
        session is shared by all of them: who signs out takes `fresh`."""
        if mail not in self._cookies:
            self._cookies[mail] = self.fresh(mail).cookies
        return Visitor(self.web, dict(self._cookies[mail]))

    def fresh(self, mail: str) -> Visitor:
        """A browser with a session that nobody else has."""
        visitor = Visitor(self.web)
        visitor.open(self.tower.ask("user", "link", mail)["url"])
        return visitor

    def nobody(self) -> Visitor:
        """A browser nobody signed in with."""
        return Visitor(self.web)

    def botnet(self, key: str, *, device: str = "SOUMU-01", **extra: str) -> None:
        """今すぐ: the company's FortiGate saw a computer talk to a command server."""
        udp(self.companies[key].source.address, fortigate_line(srcname=device, **extra))

    def mails_to(self, *people: str) -> list[Caught]:
        """What was caught for exactly these addresses."""
        return [mail for mail in self.mailbox.mails if set(mail.recipients) <= set(people)]

    def mails_about(self, words: str) -> list[Caught]:
        """What was caught with these words in its text."""
        return [mail for mail in self.mailbox.mails if words in mail.text]

    def number_of(self, key: str, kind: str = "", *, device: str = "") -> str:
        """The 受付番号 of the company's newest incident of that kind, waited for."""
        rows = self.tower.incidents(
            self.companies[key].id, until=lambda rows: any(_fits(row, kind, device) for row in rows)
        )
        return str(next(row["id"] for row in rows if _fits(row, kind, device)))


def move_in(data: Path, mailbox: Mailbox) -> Street:
    """Start a tower on `data` and settle everybody."""
    street = Street(Tower(data, {"HINOMI_SMTP": mailbox.smtp_url}), mailbox)
    street.tower.up()
    for key, name in (("ours", "火の見サービス"), ("other", "隣町サービス")):
        street.firms[key] = street.tower.ask("firm", "add", name)["id"]
    for key, name, firm in (
        ("aoba", "青葉工務店", "ours"),
        ("bunkyo", "文京歯科", "ours"),
        ("umi", "海野水産", "other"),
    ):
        street.companies[key] = _settle(street, key, name, street.firms[firm])
    for firm in ("ours", "other"):
        for role in ("analyst", "desk", "manager"):
            mail = f"{role}@{firm}.example"
            add = ("user", "add", mail, "--firm", street.firms[firm], "--role", role)
            street.tower.ask(*add)
    return street


def _settle(street: Street, key: str, name: str, firm: str) -> Company:
    organisation = street.tower.organisation(name, "--firm", firm)
    people = {role: f"{role}@{key}.example" for role in ("owner", "staff")}
    for role, mail in people.items():
        street.tower.ask("user", "add", mail, "--organisation", organisation, "--role", role)
    source = street.tower.source(organisation, "fortigate", f"{name}の見守り機器")
    return Company(organisation, name, people["owner"], people["staff"], source)


def fortigate_line(**fields: str) -> bytes:
    """A FortiGate record of a botnet contact, now; fields replace or add to its own."""
    local = datetime.now(UTC).astimezone(JST)
    told = {
        "devname": "HONSHA-FW",
        "devid": "FGT40FTK26000009",
        "logid": "0419016384",
        "type": "utm",
        "subtype": "ips",
        "eventtype": "signature",
        "level": "alert",
        "severity": "critical",
        "srcip": "192.168.1.42",
        "srcname": "SOUMU-01",
        "dstip": "198.51.100.66",
        "srcport": "49812",
        "dstport": "443",
        "action": "detected",
        "service": "HTTPS",
        "attack": "Cobalt.Strike.Beacon",
        "direction": "outgoing",
        "msg": "botnet: Cobalt.Strike.Beacon",
        **fields,
    }
    stated = f'date={local:%Y-%m-%d} time={local:%H:%M:%S} tz="+0900" '
    return (stated + " ".join(f'{name}="{value}"' for name, value in told.items())).encode()


def wait_for(look: Callable[[], _Found], *, seconds: float = PATIENCE_S) -> _Found:
    """What `look` gives once it is truthy; the last look otherwise."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _fits(row: dict[str, object], kind: str, device: str) -> bool:
    return (not kind or row["kind"] == kind) and (not device or row["device"] == device)
