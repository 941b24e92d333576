"""Walks the URL list: which address, which view, and what the view declared about access."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import URLPattern, URLResolver, get_resolver

from hinomi.portal.access.permissions import Permission, roles_with

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Route:
    """One address. Exactly one of `permission` and `public_reason` should be set."""

    url: str
    name: str
    permission: Permission | None
    public_reason: str

    @property
    def is_declared(self) -> bool:
        """True when the view says who may call it."""
        return self.permission is not None or bool(self.public_reason)

    def line(self) -> str:
        """The route's line in permissions.txt."""
        if self.permission is None:
            return f"{self.url}\tpublic\t{self.public_reason or 'UNDECLARED'}"
        return f"{self.url}\t{self.permission}\t{' '.join(roles_with(self.permission))}"


def routes() -> list[Route]:
    """Every address of the portal, in order of address."""
    found = _walk(get_resolver().url_patterns, prefix="/")
    return sorted(set(found), key=lambda route: (route.url, route.name))


def permissions_text() -> str:
    """The whole of permissions.txt."""
    # One address may have two names; a reviewer reads addresses.
    return "".join(f"{line}\n" for line in dict.fromkeys(route.line() for route in routes()))


def _walk(patterns: list[URLPattern | URLResolver], *, prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        url = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, prefix=url)
            continue
        yield Route(
            url=url,
            name=pattern.name or "",
            permission=getattr(pattern.callback, "permission", None),
            public_reason=getattr(pattern.callback, "public_reason", ""),
        )
