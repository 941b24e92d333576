"""Refuses to start while a view has not said who may call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.checks import CheckMessage, Error, register

from hinomi.core.errors import StartRefused
from hinomi.portal.access.walk import routes

if TYPE_CHECKING:
    from collections.abc import Sequence


@register("access")
def every_view_declares_access(**_: object) -> Sequence[CheckMessage]:
    """An error per address without `@needs` or `@public`."""
    return [
        Error(
            f"{route.url} declares no permission.",
            hint="Put @needs(Permission.…) or @public(reason) on the view.",
            id="access.E001",
        )
        for route in routes()
        if not route.is_declared
    ]


def require_declared_access() -> None:
    """Raise StartRefused while a view has not said who may call it. Servers run no checks."""
    faults = every_view_declares_access()
    if faults:
        told = "\n".join(str(fault.msg) for fault in faults)
        raise StartRefused(told, advice=str(faults[0].hint))
