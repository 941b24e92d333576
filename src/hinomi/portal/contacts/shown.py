"""How addresses are shown to somebody who need not know them whole."""

from __future__ import annotations

from hinomi.portal.contacts.models import Kind

_PHONES = frozenset({Kind.VOICE, Kind.SMS, Kind.FAX})


def masked(kind: str, address: str) -> str:
    """Enough to recognise one's own, too little to use a stranger's: `…5678`, `s…@example.jp`."""
    if kind in _PHONES:
        return f"…{address.partition(' ')[0][-4:]}"
    local, at, domain = address.partition("@")
    if kind == Kind.MAIL and at:
        return f"{local[:1]}…@{domain}"
    return f"{address[:2]}…"
