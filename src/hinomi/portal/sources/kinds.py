"""Which kinds of senders can be registered, and how each reaches us."""

from __future__ import annotations

from hinomi.core.errors import UsageError
from hinomi.normalise import FORMATS, KINDS

# Kinds that speak syslog get a port of their own; all others send over HTTP with their token.
SYSLOG_KINDS = frozenset(
    {
        "syslog",
        "fortigate",
        "fortinet",
        "sophos",
        "sophos_firewall",
        "yamaha",
        "rtx",
        "yamaha_rtx",
        "linux",
        "sshd",
        "openssh",
        "cef",
        "leef",
    }
)


def all_kinds() -> tuple[str, ...]:
    """Every kind a source may have, in alphabetical order."""
    return tuple(sorted({kind for kind in (*FORMATS, *KINDS) if kind}))


def require_kind(kind: str) -> None:
    """Refuse a kind that no reader knows, before a customer waits for records nobody can read."""
    if kind not in all_kinds():
        raise UsageError(
            f"No kind of source is called {kind!r}.", advice="One of: " + ", ".join(all_kinds())
        )


def speaks_syslog(kind: str) -> bool:
    """True when the source gets its own UDP and TCP port."""
    return kind in SYSLOG_KINDS
