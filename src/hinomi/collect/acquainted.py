"""Whose devices spoke at which declared address: notices an address that changed hands.

An address stands for a company only while nobody else gets it, and leases, NAT and VPN pools move
overnight. Devices name themselves (a serial, a host name); names are remembered with the address
they spoke at. A name of one company at another company's address puts both addresses in doubt:
until a day passes without that, or a person changes what is declared, only records that prove
whose they are are taken there, and the rest is nobody's. What this cannot see: an address that
moved and at which no known device has named itself yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from hinomi.core.directory import Source

    FindName = Callable[[bytes], str | None]

NAMES = 500  # at one address; what comes beyond is taken and not remembered
DOUBT = timedelta(hours=24)
HOST = "host:"  # what follows was chosen by a person, so two companies may use the same
_SAME_NAME_WITHIN = timedelta(minutes=10)
_NOTE_AGAIN = timedelta(minutes=1)  # so that a flood of contradictions is not a flood of writes


def no_name(_: bytes) -> str | None:
    """For listeners without a reader of names."""
    return None


@dataclass(frozen=True, slots=True)
class Device:
    """Where a name was heard first, and the source that declared the address. `is_shared`: two
    companies use the name, so it proves nothing."""

    organisation: str
    source: str
    address: str
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """An address that may have changed hands, while `source` is the one that declares it."""

    source: str
    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Remembered:
    """What outlives a restart: the swap may come while we are away."""

    names: dict[str, Device]
    doubts: dict[str, Doubt]


@dataclass(slots=True)
class Acquaintances:
    """Of one shared private listener. `changes` grows with what is worth keeping."""

    changes: int = 0
    _names: dict[str, Device] = field(default_factory=dict)
    _doubts: dict[str, Doubt] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)  # names at an address

    def is_theirs(self, name: str | None, *, address: str, source: Source, now: datetime) -> bool:
        """Whether a record from an address that `source` declared is that company's. `name` None:
        the record does not name its device."""
        device = self._names.get(name) if name is not None else None
        if name is None or (device is not None and device.is_shared):
            return not self._is_doubted(address, source=source, now=now)
        if device is None:
            if self._is_doubted(address, source=source, now=now):
                return False
            self.prove(name, address=address, source=source)
            return True
        if device.organisation == source.organisation:
            self._note_at_home(name, device, now)
            return True
        self.contradict(name, address=address, source=source, now=now)
        return False

    def prove(self, name: str, *, address: str, source: Source) -> None:
        """The device is this company's, and speaks from there."""
        known = self._names.get(name)
        if known is None or known.organisation != source.organisation:
            self._learn(name, Device(source.organisation, source.id, address))

    def contradict(self, name: str, *, address: str, source: Source, now: datetime) -> None:
        """A device of another company spoke from an address that `source` declared."""
        self._doubt(address, Doubt(source.id, name, now, now + DOUBT))
        device = self._names.get(name)
        if device is not None and device.address not in self._doubts:
            self._doubt(device.address, Doubt(device.source, name, now, now + DOUBT))

    def is_in_doubt(self, address: str) -> bool:
        """Whether it was in doubt when it was last asked about."""
        return address in self._doubts

    def doubted(self) -> list[str]:
        """The addresses in doubt, for people."""
        return sorted(self._doubts)

    def forget(self, *, organisations: Collection[str]) -> None:
        """Names of companies other than these prove nothing any more."""
        gone = [n for n, each in self._names.items() if each.organisation not in organisations]
        for name in gone:
            self._counts[self._names.pop(name).address] -= 1
        self.changes += bool(gone)

    def remembered(self) -> Remembered:
        """All there is, to be kept over a restart."""
        return Remembered(dict(self._names), dict(self._doubts))

    def recall(self, before: Remembered) -> None:
        """What `remembered` gave."""
        self._names |= before.names
        self._doubts |= before.doubts
        self._counts = Counter(each.address for each in self._names.values())

    def _is_doubted(self, address: str, *, source: Source, now: datetime) -> bool:
        doubt = self._doubts.get(address)
        if doubt is None:
            return False
        if now < doubt.until and doubt.source == source.id:
            return True
        del self._doubts[address]
        self.changes += 1
        return False

    def _learn(self, name: str, device: Device) -> None:
        """Names that somebody makes up push out none that are known."""
        before = self._names.get(name)
        if before is not None:
            self._counts[before.address] -= 1
        elif self._counts[device.address] >= NAMES:
            return
        self._names[name] = device
        self._counts[device.address] += 1
        self.changes += 1

    def _doubt(self, address: str, doubt: Doubt) -> None:
        before = self._doubts.get(address)
        if before is not None and (before.source, before.name) == (doubt.source, doubt.name):
            if doubt.until - before.until < _NOTE_AGAIN:
                return
            doubt = replace(doubt, since=before.since)
        self._doubts[address] = doubt
        self.changes += 1

    def _note_at_home(self, name: str, device: Device, now: datetime) -> None:
        """It speaks where it always did. Then a host name heard elsewhere is no device that moved;
        a serial that somebody else wrote into a record puts only his own address in doubt."""
        because = [at for at, doubt in self._doubts.items() if doubt.name == name]
        if not because:
            return
        if not name.startswith(HOST):
            because = [at for at in because if at == device.address]
        elif any(now - self._doubts[at].since <= _SAME_NAME_WITHIN for at in because):
            self._learn(name, replace(device, is_shared=True))
        for address in because:
            del self._doubts[address]
        self.changes += bool(because)
