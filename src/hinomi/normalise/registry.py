"""Which formats there are and in which order they are tried.

A new format is one file and one row.
"""

from __future__ import annotations

import importlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    from hinomi.normalise.format import Format

# Name → module, in sniffing order: the most particular first, the reader of anything last.
FORMATS: dict[str, str] = {
    "windows": "hinomi.normalise.formats.windows",
    "fortigate": "hinomi.normalise.formats.fortigate",
    "sophos": "hinomi.normalise.formats.sophos",
    "sophos_central": "hinomi.normalise.formats.sophos_central",
    "microsoft_defender": "hinomi.normalise.formats.microsoft_defender",
    "entra": "hinomi.normalise.formats.entra",
    "office_365": "hinomi.normalise.formats.office_365",
    "azure": "hinomi.normalise.formats.azure",
    "yamaha": "hinomi.normalise.formats.yamaha",
    "auditd": "hinomi.normalise.formats.auditd",
    "linux": "hinomi.normalise.formats.linux",
    "generic": "hinomi.normalise.formats.generic",
}

# Other words for the same formats, as people and sources register them.
KINDS: dict[str, str] = {
    "": "auto",
    "auto": "auto",
    "syslog": "auto",
    "http": "auto",
    "evtx": "windows",
    "winlogbeat": "windows",
    "sysmon": "windows",
    "defender": "windows",
    "nxlog": "windows",
    "windows_event_log": "windows",
    "fortinet": "fortigate",
    "sophos_firewall": "sophos",
    "sophos_xg": "sophos",
    "sophos_xgs": "sophos",
    "sfos": "sophos",
    "sophos_edr": "sophos_central",
    "rtx": "yamaha",
    "yamaha_rtx": "yamaha",
    "audit": "auditd",
    "sshd": "linux",
    "openssh": "linux",
    "sudo": "linux",
    "auth": "linux",
    "defender_xdr": "microsoft_defender",
    "microsoft_365_defender": "microsoft_defender",
    "defender_for_endpoint": "microsoft_defender",
    "defender_for_identity": "microsoft_defender",
    "o365": "office_365",
    "m365": "office_365",
    "microsoft_365": "office_365",
    "entra_id": "entra",
    "azure_ad": "entra",
    "intune": "entra",
    "azure_monitor": "azure",
    # These say how a record is wrapped, not who wrote it: a JSON sender may well be Winlogbeat.
    "json": "auto",
    "ndjson": "auto",
    "cef": "auto",
    "leef": "auto",
    "rsyslog": "auto",
    "webhook": "auto",
    "other": "auto",
}


@cache
def format_named(name: str) -> Format:
    """The format of a registered name. Raises UsageError for a name that is no format."""
    if name not in FORMATS:
        raise UsageError(
            f"No format is called {name!r}.", advice="One of: auto, " + ", ".join(FORMATS)
        )
    form: Format = importlib.import_module(FORMATS[name]).FORMAT
    return form


@cache
def all_formats() -> tuple[Format, ...]:
    """Every format, in sniffing order."""
    return tuple(format_named(name) for name in FORMATS)


def format_of_kind(kind: str) -> Format | None:
    """The format a source was registered with; None means: find out (also for unknown kinds)."""
    name = KINDS.get(kind, kind)
    return format_named(name) if name in FORMATS else None


@cache
def _by_shape() -> dict[str, Format]:
    return {form.shape: form for form in reversed(all_formats())}


def format_of_shape(shape: str) -> Format:
    """The format that owns a shape; shapes nobody owns read as generic."""
    return _by_shape().get(shape) or format_named("generic")


@cache
def aliases_by_shape() -> dict[str, dict[str, str]]:
    """Per shape: Sigma's generic field name → the native field that holds it."""
    return {form.shape: dict(form.aliases) for form in all_formats()}


@lru_cache(maxsize=64)
def declared_fields(shape: str) -> tuple[str, ...]:
    """The fields that are columns of the lake for this shape; everything else goes to `_rest`."""
    return format_of_shape(shape).declared
