"""What every operation asks first: whose key, where it may, and whether the words can be read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated

from ninja import Query

from hinomi.portal.api.problems import NotFound, Unfit
from hinomi.portal.api.rights import one
from hinomi.portal.organisations.models import Organisation

if TYPE_CHECKING:
    from django.http import HttpRequest

    from hinomi.portal.access.permissions import Permission
    from hinomi.portal.access.scope import Scope
    from hinomi.portal.api.rights import Holder

ALL = "*"
_MOST = 100
_ONCE_LENGTH = 40
Named = Annotated[str, Query(min_length=1, max_length=40, description="A company's id, or `*`")]
Limit = Annotated[int, Query(ge=1, le=_MOST)]


def holder_in(request: HttpRequest) -> Holder:
    """Who asks."""
    holder: Holder = request.auth  # type: ignore[attr-defined]  # what ninja puts there
    return holder


def scope_for(holder: Holder, permission: Permission, organisation: str) -> Scope:
    """Where the key may, if the named company is within its reach at all."""
    if organisation != ALL:
        company_for(holder, organisation, permission=permission)
    return holder.scope(permission)


def company_for(holder: Holder, organisation: str, *, permission: Permission) -> Organisation:
    """The one company named: NotFound beyond the key's reach, Forbidden without the right."""
    return one(Organisation.objects.all(), holder, permission, pk=fit(organisation))


def fit(name: str) -> str:
    """What no id can hold names nothing; PostgreSQL would stumble over a zero byte."""
    if "\0" in name:
        raise NotFound
    return name


def plain(text: str, *, field: str = "text") -> str:
    """Words for people: no control characters but line ends, and something to read."""
    found = _printable(text)
    if not found:
        raise Unfit(errors=[f"{field}: nothing to read in it"])
    return found


def is_readable(text: str) -> bool:
    """True when `plain` takes it."""
    return bool(_printable(text))


def _printable(text: str) -> str:
    return "".join(char for char in text if char == "\n" or char.isprintable()).strip()


def once_of(holder: Holder, once: str) -> str:
    """A program's own name for one request, apart from those of every other key and form."""
    named = f"{holder.key.pk} {once}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(named).hexdigest()[:_ONCE_LENGTH]
