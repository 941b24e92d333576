"""Whose record is it? Pure tables made from one directory snapshot.

A token or the source's own port is an identity. On a shared listener the serial inside the record
is one when it is registered to exactly one source; the peer address only when the listener is
private and exactly one source declares it. Whatever is claimed twice, or points at two companies,
identifies nobody: a record in the wrong company's hands is worse than one nobody gets.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from hinomi.collect.tls import fingerprint_of_pem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hinomi.core.directory import Directory, Source

    FindSerial = Callable[[bytes], str | None]

_Key = TypeVar("_Key")
# Why nothing of a source is taken, as strangers are noted
NO_CONSENT = "no_consent"
UNKNOWN = "unknown_sender"
ADDRESS_MOVED = "address_moved"


def no_serial(_: bytes) -> str | None:
    """For listeners without a reader of serials."""
    return None


@dataclass(frozen=True, slots=True)
class Identities:
    """Look-ups of one snapshot. Sources that are revoked, wait for their company's consent, or are
    of deleted companies, are in none."""

    tokens: Mapping[str, Source] = field(default_factory=dict)
    ports: Mapping[int, Source] = field(default_factory=dict)
    addresses: Mapping[str, Source] = field(default_factory=dict)
    serials: Mapping[str, Source] = field(default_factory=dict)
    revoked_tokens: frozenset[str] = frozenset()
    waiting: Mapping[str, Source] = field(default_factory=dict)  # by id
    waiting_tokens: Mapping[str, Source] = field(default_factory=dict)
    waiting_marks: Mapping[str, frozenset[str]] = field(default_factory=dict)  # whose companies
    contested_ports: frozenset[int] = frozenset()
    certificates: Mapping[str, Source] = field(default_factory=dict)
    trusted: tuple[str, ...] = ()  # the client certificates of all sources, as PEM
    sources: Mapping[str, Source] = field(default_factory=dict)

    def by_token(self, token: str) -> Source | None:
        """The source whose token this is."""
        return self.tokens.get(token_sha256(token))

    def is_revoked(self, token: str) -> bool:
        """True for a token that once worked: worth telling apart for the customer."""
        return token_sha256(token) in self.revoked_tokens

    def awaits_consent(self, token: str) -> bool:
        """True for a token of a source that its company did not agree to, or no longer does."""
        return token_sha256(token) in self.waiting_tokens

    def waiting_by_token(self, token: str) -> Source | None:
        """The source that waits for its company's consent and whose token this is."""
        return self.waiting_tokens.get(token_sha256(token))

    def is_of_waiting(
        self, raw: bytes, *, peer: str, find_serial: FindSerial = no_serial, relay: str = ""
    ) -> bool:
        """Whether a line nobody claims is of a source that waits for consent, by its declared
        address or the serial inside. `relay` heard it: its company's network has addresses of its
        own, which say nothing of another company's sources."""
        if not self.waiting_marks:
            return False
        if find_serial(raw) in self.waiting_marks:
            return True
        companies = self.waiting_marks.get(canonical_address(peer), frozenset())
        heard_by = self.sources.get(relay)
        return bool(companies) and (heard_by is None or heard_by.organisation in companies)

    def by_port(self, port: int) -> Source | None:
        """The source whose own port this is."""
        return self.ports.get(port)

    def by_certificate(self, fingerprint: str) -> Source | None:
        """The source whose client certificate has this SHA-256."""
        return self.certificates.get(fingerprint)

    def by_id(self, source_id: str) -> Source | None:
        """A source that is still to be listened to."""
        return self.sources.get(source_id)

    def by_content(
        self, raw: bytes, *, peer: str, is_private: bool, find_serial: FindSerial = no_serial
    ) -> Source | None:
        """The source of a record on a shared listener, None when that is not beyond doubt."""
        serial = find_serial(raw)
        named = self.serials.get(serial) if serial else None
        declared = self.addresses.get(canonical_address(peer)) if is_private else None
        if named is None or declared is None:
            return named or declared
        return named if named.organisation == declared.organisation else None

    def declared(self, peer: str) -> Source | None:
        """The source whose declared address this is."""
        return self.addresses.get(canonical_address(peer))


def identities_of(directory: Directory) -> Identities:
    """Build the tables; one pass over the sources, at each new generation."""
    gone = {each.id for each in directory.organisations if each.is_deleted}
    known = {each.id for each in directory.organisations} - gone
    served = [s for s in directory.sources if not s.is_revoked and s.organisation in known]
    alive = [s for s in served if not s.awaits_consent]
    waiting = [s for s in served if s.awaits_consent]
    dead = [s for s in directory.sources if s.is_revoked or s.organisation not in known]
    ports = [(s.port, s) for s in alive if s.port]
    marks = [(fingerprint_of_pem(text), s) for s in alive for text in s.certificates]
    return Identities(
        tokens=_undisputed((token, s) for s in alive for token in _tokens(s)),
        ports=_undisputed(ports),
        # One that waits for consent still claims what it claims: it must not go to another.
        addresses=_listened(
            _undisputed((canonical_address(a), s) for s in served for a in s.addresses)
        ),
        serials=_listened(
            _undisputed((serial, s) for s in served for serial in s.serials if serial)
        ),
        revoked_tokens=frozenset(token for s in dead for token in _tokens(s)),
        waiting={s.id: s for s in waiting},
        waiting_tokens={token: s for s in waiting for token in _tokens(s)},
        waiting_marks=_companies(waiting),
        contested_ports=frozenset(p for p, n in Counter(p for p, _ in ports).items() if n > 1),
        certificates=_undisputed((mark, s) for mark, s in marks if mark),
        trusted=tuple(text for s in alive for text in s.certificates),
        sources={s.id: s for s in alive},
    )


def _companies(waiting: Iterable[Source]) -> dict[str, frozenset[str]]:
    """Address or serial → the companies whose waiting sources declare it."""
    found: dict[str, frozenset[str]] = {}
    for source in waiting:
        for mark in (*map(canonical_address, source.addresses), *source.serials):
            found[mark] = found.get(mark, frozenset()) | {source.organisation}
    return found


def _listened(claims: dict[str, Source]) -> dict[str, Source]:
    return {value: source for value, source in claims.items() if not source.awaits_consent}


def _tokens(source: Source) -> list[str]:
    """One, or two while a token is being replaced."""
    return [each.lower() for each in (source.token_sha256, *source.older_tokens) if each]


def token_sha256(token: str) -> str:
    """As the directory stores it, hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def canonical_address(address: str) -> str:
    """One spelling per address: IPv4 inside IPv6 is IPv4, zones are dropped."""
    try:
        found = ipaddress.ip_address(address.strip().strip("[]").partition("%")[0])
    except ValueError:
        return address
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _undisputed(claims: Iterable[tuple[_Key, Source]]) -> dict[_Key, Source]:
    """Only what exactly one source claims."""
    by_key: dict[_Key, dict[str, Source]] = {}
    for key, source in claims:
        by_key.setdefault(key, {})[source.id] = source
    return {key: next(iter(s.values())) for key, s in by_key.items() if len(s) == 1}
