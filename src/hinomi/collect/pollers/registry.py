"""All APIs we fetch from, by the kind an account names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.collect.pollers.google_workspace import GoogleWorkspace
from hinomi.collect.pollers.microsoft import Graph
from hinomi.collect.pollers.office_365 import Office365
from hinomi.collect.pollers.sophos_central import SophosCentral
from hinomi.collect.pollers.withsecure import WithSecure

if TYPE_CHECKING:
    from datetime import timedelta

    from hinomi.collect.pollers.api import Api, Stream

APIS: dict[str, Api] = {
    api.kind: api
    for api in (Graph(), Office365(), GoogleWorkspace(), WithSecure(), SophosCentral())
}


def wanted_streams(api: Api, *, names: tuple[str, ...]) -> tuple[Stream, ...]:
    """Those of these names; all when none is named."""
    return tuple(stream for stream in api.streams if not names or stream.name in names)


def record_kinds(api: Api, *, names: tuple[str, ...]) -> tuple[str, ...]:
    """How the records of these streams are read, each kind once."""
    return tuple(dict.fromkeys(stream.kind for stream in wanted_streams(api, names=names)))


def memories() -> dict[str, timedelta]:
    """Name of a stream → how long before its cursor a record may come again; the longest where two
    APIs use one name."""
    found: dict[str, timedelta] = {}
    for api in APIS.values():
        for stream in api.streams:
            found[stream.name] = max(stream.memory, found.get(stream.name, stream.memory))
    return found
