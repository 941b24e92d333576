"""The directory: who our customers are and what sends for them, as one versioned snapshot.

The portal publishes it; collect and workers poll its generation each second and run without the
portal. Plain values only, so that it serialises to JSON and back without loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - the store reads these annotations at run time


@dataclass(frozen=True, slots=True)
class Organisation:
    """One customer company. `retention_days` counts by receive day.

    `placeholders` are its own values for `%name%` in rules: (name, values) pairs. `kind_days` are
    kinds of source whose records it agreed to keep for fewer days: (kind, days) pairs.
    """

    id: str
    name: str
    timezone: str = "Asia/Tokyo"
    retention_days: int = 90
    is_deleted: bool = False
    placeholders: tuple[tuple[str, tuple[str, ...]], ...] = ()
    kind_days: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One thing that sends. Identity is the token, the own port, a fixed address or a serial.

    `token_sha256` is hex. `port` is the source's own UDP and TCP port (0: none). `addresses` are
    declared fixed peers, unique over all organisations. `serials` are device serials inside the
    record that belong to this source. `expect_every_s` 0 means silence is not judged.
    `older_tokens` are SHA-256 of tokens that still work while a new one is rolled out,
    `certificates` client certificates (PEM) that identify the source by TLS.
    `awaited_try` is the name of the try (試験) that a person sends by it now, "" when none is out.
    `relay` is the source (of kind "relay", of the same company) that brings its records, "" when
    it sends to us itself; `relay_port` is its own UDP and TCP port there.
    `awaits_consent`: the company did not agree that this kind is watched (or no longer does), so
    nothing of it is taken. `purposes` are what it agreed its records may be used for. `pause` is
    the last time without a consent, from and until: what a relay heard then is not taken later.
    `agreed_from`: what was written before then is not taken from a maker's API, which could tell
    it still, for the company had not agreed (None: it never said otherwise).
    """

    id: str
    organisation: str
    kind: str
    name: str
    token_sha256: str = ""
    port: int = 0
    addresses: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()
    timezone: str = "Asia/Tokyo"
    expect_every_s: int = 0
    is_revoked: bool = False
    consent: str = ""
    nicknames: tuple[tuple[str, str], ...] = ()
    awaited_try: str = ""
    older_tokens: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    relay: str = ""
    relay_port: int = 0
    awaits_consent: bool = False
    purposes: tuple[str, ...] = ()
    pause: tuple[datetime, datetime] | None = None
    agreed_from: datetime | None = None

    @property
    def is_listened_to(self) -> bool:
        """Whether anything it sends may be taken."""
        return not self.is_revoked and not self.awaits_consent


@dataclass(frozen=True, slots=True)
class Usual:
    """A person said of what a baseline told 「これはいつものことです」: the measure's id, and the
    key that its finding carries."""

    organisation: str
    measure: str
    key: str


@dataclass(frozen=True, slots=True)
class RuleException:
    """What a person wants left alone: a Sigma filter document that names its rules. It holds for
    events that these companies' sources deliver from `since` until before `until`."""

    id: str
    organisations: tuple[str, ...]
    filter: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class LearnedFormat:
    """A format a firm's people taught the tower. `definition` is the JSON text that
    `normalise.learned` reads; sources of kind `learned:<id>` are read with it."""

    id: str
    firm: str
    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A firm's mailbox to which consoles send reports of all its customers.

    `kind`: "imap" (we fetch) or "smtp" (mail to `address` is handed in to our own listener).
    `secret` is the password as `store.sealed` seals it about the mailbox's id. `security`: tls,
    starttls or none (none only on this machine or a private address). `verdict_from` is the
    authserv-id whose Authentication-Results we believe, "" for our own DKIM check; of a mailbox
    that is handed in to us only the own check counts.
    """

    id: str
    firm: str
    name: str
    kind: str
    address: str
    host: str = ""
    port: int = 0
    user: str = ""
    secret: str = ""
    security: str = "tls"
    folder: str = "INBOX"
    done_folder: str = ""
    every_s: int = 60
    verdict_from: str = ""
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class MailSender:
    """A sender a person of the firm accepted for a mailbox: mails of this address, signed by this
    domain, are of this mail format ("auto": find out). Mails of nobody's list wait for a person.

    `address` is lower case, or "@example.jp" for all of a domain. `format` "ignore": put away
    unread (then `dkim_domain` may be ""); "learned:<id>": read by a learned format."""

    mailbox: str
    address: str
    dkim_domain: str
    format: str = "auto"


@dataclass(frozen=True, slots=True)
class MailRoute:
    """Whose mail is it: what stands in the mail (`kind` of core.mail.ClaimKind: tenant, customer,
    serial, address, host; or mail: one mail by its id) → the source of the company it belongs to.
    Of one mailbox; what two routes claim belongs to nobody. `source` "" (NOBODY): put away, "-"
    (MEANS_NOTHING): this value says nothing about whose mail it is (a vendor's own name)."""

    mailbox: str
    kind: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class ApiAccount:
    """A firm's access to a maker's API, from which records of one or of many customers are fetched.

    `kind` names the API (`collect.pollers`). `client` is the id the maker gave, `secret` its key as
    `store.sealed` seals it about the account's id. `subject`: in whose name (Google: an
    administrator's mail). `tenants`: which customers to ask for, where the API is asked one by one.
    `streams`: what to fetch, by the API's own names.
    """

    id: str
    firm: str
    name: str
    kind: str
    client: str
    secret: str
    subject: str = ""
    tenants: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    every_s: int = 300
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """A customer as an account's API names it → the source of its company for records of `kind`.
    What two routes claim belongs to nobody. `source` "": nobody's customer, put away."""

    account: str
    tenant: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class Directory:
    """The whole snapshot. `generation` grows by one with each publication; 0 is the empty one.

    `indicators` names the file of indicators in use (in DATA/intel), "" for none.
    """

    generation: int = 0
    organisations: tuple[Organisation, ...] = ()
    sources: tuple[Source, ...] = ()
    exceptions: tuple[RuleException, ...] = ()
    rule_pack: str = ""
    indicators: str = ""
    usual: tuple[Usual, ...] = ()
    learned: tuple[LearnedFormat, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    mail_senders: tuple[MailSender, ...] = ()
    mail_routes: tuple[MailRoute, ...] = ()
    api_accounts: tuple[ApiAccount, ...] = ()
    api_routes: tuple[ApiRoute, ...] = ()

    @property
    def placeholders(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Organisation → `%name%` → its values, for those that have any."""
        return {one.id: dict(one.placeholders) for one in self.organisations if one.placeholders}
