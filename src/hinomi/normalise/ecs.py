"""The ECS view: dotted flat names (`source.ip`), the rest kept under `vendor.<native name>`.

A view, never what is stored: rules match native names. Values are guarded by their ECS type, so a
host name in an address field becomes `source.domain` and a word in a port field stays `vendor.*`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.words import Disposition
from hinomi.normalise import phrases, spellings
from hinomi.normalise.decode import decode
from hinomi.normalise.ecs_values import as_list, base_name, iso, put, split_user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.core.records import Event
    from hinomi.normalise.format import Ecs, Format

# Transport numbers that senders write instead of names.
TRANSPORTS = {"1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "41": "ipv6", "47": "gre",
              "50": "esp", "51": "ah", "58": "ipv6-icmp", "132": "sctp"}  # fmt: skip
# Shapes whose device is the machine that is spoken of, not the box that speaks.
_HOSTS = frozenset(
    {"windows", "linux", "sophos_central", "microsoft_defender", "symantec", "sentinelone"}
    | (spellings.USUAL_SHAPES - {"trellix"})
)
_OUTCOMES = {
    Disposition.STOPPED: "denied",
    Disposition.LET_THROUGH: "allowed",
}


def ecs_view(event: Event, form: Format) -> Ecs:
    """One event as flat ECS. Always has `@timestamp` and `event.original` (valid UTF-8)."""
    view: Ecs = {"@timestamp": iso(event.event_time)}
    used: set[str] = set()
    fields = event.fields
    for name, natives in form.ecs.items():
        for native in natives:
            value = fields.get(native)
            if value and put(view, name, value):
                used.add(native)
                break
    form.derive(fields, view)
    _add_ready(fields, view, used)
    if form.shape in ("generic", "learned"):
        spellings.add_known(fields, view, used)
        phrases.add_related(view, event.raw)
    elif form.shape in spellings.USUAL_SHAPES:
        spellings.add_usual(fields, view, used)
    if form.shape in ("generic", "learned", "linux", "yamaha"):
        phrases.add_phrases(fields, view, event.raw)
    _finish(view)
    texts = _texts(view)
    for native, value in fields.items():
        # A value that was split or spelt anew stays readable as the sender wrote it.
        if native not in used or value not in texts:
            view.setdefault(f"vendor.{native}", as_list(value) if value[:2] == '["' else value)
    _add_frame(event, form, view)
    return view


def _add_ready(fields: Mapping[str, str], view: Ecs, used: set[str]) -> None:
    """Fields that already carry their ECS name (Beats, Elastic agents) pass as they are."""
    speaks_ecs = "ecs.version" in fields
    for native, value in fields.items():
        if "." not in native or native in used or not value:
            continue
        if (
            native in spellings.ECS_NAMES
            or (speaks_ecs and native.split(".", 1)[0] in spellings.ECS_SETS)
        ) and (native in view or put(view, native, value)):
            used.add(native)


def _finish(view: Ecs) -> None:
    """What follows from other values: transport names, host label, process name, user domain."""
    transport = str(view.get("network.transport", "")).lower()
    if transport in TRANSPORTS:
        view.setdefault("network.iana_number", int(transport))
    if transport:
        view["network.transport"] = TRANSPORTS.get(transport, transport)
    for name in ("process", "process.parent"):
        if path := view.get(f"{name}.executable"):
            view.setdefault(f"{name}.name", base_name(str(path)))
    if path := view.get("file.path"):
        view.setdefault("file.name", base_name(str(path)))
    for name in ("user", "source.user", "destination.user"):
        split_user(view, name)


def _texts(view: Ecs) -> set[str]:
    found: set[str] = set()
    for value in view.values():
        if isinstance(value, list):
            found.update(value)
        else:
            found.add(str(value))
    return found


def _add_frame(event: Event, form: Format, view: Ecs) -> None:
    view["event.original"] = original(event.raw)
    view.setdefault("event.module", form.name)
    if form.vendor:
        view.setdefault("observer.vendor", form.vendor)
        view.setdefault("observer.product", form.product)
    if event.device and form.shape in _HOSTS:
        view.setdefault("host.name", event.device)
    elif event.device and form.shape != "generic":
        view.setdefault("observer.name", event.device)
    elif event.device:
        view.setdefault("host.name", event.device)
    if event.disposition in _OUTCOMES:
        view.setdefault("event.type", _OUTCOMES[event.disposition])
    view["hinomi.disposition"] = event.disposition.value
    view["hinomi.time_note"] = event.time_note.value


def original(raw: bytes) -> str:
    """The record as valid text, whatever its encoding; the bytes themselves are kept apart."""
    return raw.decode("ascii") if raw.isascii() else raw.decode(decode(raw)[1], "replace")
