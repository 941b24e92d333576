"""Our own address, for links that leave the house."""

from __future__ import annotations

import json

from hinomi.portal.access.time import configuration


def address_of(path: str) -> str:
    """A page of ours for a message; "" when nobody told us our own address."""
    base = configuration().public_url or _own_address()
    return f"{base}{path}" if base else ""


def _own_address() -> str:
    """What `hinomi up` wrote when it was ready."""
    try:
        told = json.loads((configuration().data / "run" / "endpoints.json").read_text())
        return str(told.get("web", "")).rstrip("/")
    except (OSError, ValueError):
        return ""
