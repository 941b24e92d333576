"""One look at one account: every stream of every customer, each kept before its cursor moves.

Runs in a thread of its own. A stream that fails stops no other; what it brought until then is kept.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from hinomi.collect.pollers.api import Asked, Tenant
from hinomi.collect.pollers.json_parts import first_text, text_in
from hinomi.collect.pollers.registry import wanted_streams
from hinomi.collect.pollers.trouble import PollFailed, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hinomi.collect.pollers.api import Api, Page, Stream
    from hinomi.collect.pollers.session import Session
    from hinomi.core.consent_gaps import ConsentGap

_LONGEST_S = 900.0  # then the next account's turn; who waits longest comes first the next time
_LONGEST_NAME = 200
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A record and whose it says it is. `digest` tells it from all others of its account;
    `written`: when it says it was, if it does."""

    digest: str
    customer: str
    name: str
    kind: str
    raw: bytes
    written: datetime | None = None


class Keeper(Protocol):
    """Where records and progress become durable; `pipeline.polls` gives the pollroom and the log.
    `account`, `tenant` and `stream` name the way that is gone."""

    def cursor(self, account: str, *, tenant: str, stream: str) -> str:
        """Where the last look ended, "" before the first."""
        ...

    def keep(
        self, account: str, found: Sequence[Found], page: Page, *, tenant: str, stream: str
    ) -> None:
        """The page's records, durably, then its cursor. Raises PollFailed: neither."""
        ...

    def looked(
        self, account: str, failed: PollFailed | None, *, tenant: Tenant, stream: str
    ) -> None:
        """How a way went."""
        ...

    def is_asked(self, account: str, *, tenant: Tenant, stream: Stream) -> bool:
        """Whether this may be asked for now: a company may stop it at any moment."""
        ...

    def gaps(self, account: str, *, tenant: Tenant, stream: Stream) -> tuple[ConsentGap, ...]:
        """Nothing written in these is asked for."""
        ...

    def in_turn(
        self, account: str, ways: Iterable[tuple[Tenant, Stream]]
    ) -> list[tuple[Tenant, Stream]]:
        """Those that may be asked for, who went well longest ago first."""
        ...


@dataclass(slots=True)
class Outcome:
    """What a look brought: records that the API gave (repeats included), and what failed."""

    fetched: int = 0
    well: int = 0
    failed: list[PollFailed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Look:
    """`session` is of this look alone."""

    api: Api
    session: Session
    keeper: Keeper
    is_stopping: Callable[[], bool] = lambda: False

    def run(self) -> Outcome:
        """Once through everything the account may ask. Raises nothing that a server can cause."""
        outcome = Outcome()
        account = self.session.account
        try:
            tenants = self.api.tenants(self.session)
        except PollFailed as failed:
            self._note(failed, Tenant(), "", outcome)
            return outcome
        self._note(None, Tenant(), "", outcome)
        streams = wanted_streams(self.api, names=account.streams)
        ways = [(tenant, stream) for tenant in tenants for stream in streams]
        deadline = time.monotonic() + _LONGEST_S
        for tenant, stream in self.keeper.in_turn(account.id, ways):
            if self.is_stopping() or time.monotonic() > deadline:
                break

            def is_over(tenant: Tenant = tenant, stream: Stream = stream) -> bool:
                return self.is_stopping() or not self.keeper.is_asked(
                    account.id, tenant=tenant, stream=stream
                )

            if is_over():
                continue
            self.session.caller.is_stopping = is_over
            end = self._walk(tenant, stream, outcome)
            if not is_over():
                self._note(end, tenant, stream.name, outcome)
        return outcome

    def _walk(self, tenant: Tenant, stream: Stream, outcome: Outcome) -> PollFailed | None:
        account = self.session.account.id
        try:
            cursor = self.keeper.cursor(account, tenant=tenant.id, stream=stream.name)
            gaps = self.keeper.gaps(account, tenant=tenant, stream=stream)
            for page in self.api.pages(Asked(self.session, stream, tenant, cursor, gaps)):
                found = found_in(page.records, stream=stream, tenant=tenant)
                outcome.fetched += len(page.records)
                self.keeper.keep(account, found, page, tenant=tenant.id, stream=stream.name)
                if self.session.caller.is_stopping():
                    break
        except PollFailed as failed:
            return failed
        except Exception:
            if not self.is_stopping():
                logger.exception("fetching %s of account %s failed", stream.name, account)
            return PollFailed(Trouble.OUR_FAULT)
        return None

    def _note(
        self, failed: PollFailed | None, tenant: Tenant, stream: str, outcome: Outcome
    ) -> None:
        if failed is None:
            outcome.well += bool(stream)
        else:
            outcome.failed.append(failed)
        if not self.is_stopping():
            self.keeper.looked(self.session.account.id, failed, tenant=tenant, stream=stream)


def found_in(records: Sequence[bytes], *, stream: Stream, tenant: Tenant) -> list[Found]:
    """The records of a page, each once, in their order."""
    found = {one.digest: one for one in (_found(raw, stream, tenant) for raw in reversed(records))}
    return list(reversed(found.values()))


def _found(raw: bytes, stream: Stream, tenant: Tenant) -> Found:
    own = first_text(raw, stream.customer).strip()[:_LONGEST_NAME]
    customer = own or tenant.id
    if own and tenant.id and own.casefold() != tenant.id.casefold():
        customer = f"{tenant.id} / {own}"  # asked for one, told of another: a person decides
    values = [text_in(raw, path) for path in stream.identity]
    named = "\0".join(values).encode("utf-8", "replace") if all(values) else raw
    digest = hashlib.sha256(f"{stream.name}\0{customer.casefold()}\0".encode())
    digest.update(named)
    name = first_text(raw, stream.customer_name) or tenant.name
    written = _moment(first_text(raw, stream.time))
    return Found(digest.hexdigest(), customer, name[:_LONGEST_NAME], stream.kind, raw, written)


def _moment(text: str) -> datetime | None:
    """All these APIs write UTC, one of them without saying so."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
