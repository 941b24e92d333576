"""How an event is shown: under its native names, as ECS, or as OCSF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hinomi.normalise.ecs import ecs_view, original
from hinomi.normalise.ecs_values import iso
from hinomi.normalise.ocsf import ocsf_view
from hinomi.normalise.registry import format_of_shape

if TYPE_CHECKING:
    from hinomi.core.records import Event, SetAside

ViewName = Literal["native", "ecs", "ocsf"]


def view(event: Event, as_: ViewName = "native") -> dict[str, object]:
    """One event, ready for JSON."""
    form = format_of_shape(event.shape)
    if as_ == "ecs":
        return dict(ecs_view(event, form))
    if as_ == "ocsf":
        return ocsf_view(event, form)
    return {
        **event.fields,
        "_shape": event.shape,
        "_device": event.device,
        "_user": event.user,
        "_event_id": event.event_id,
        "_event_time": iso(event.event_time),
        "_receive_time": iso(event.receive_time),
        "_time_note": event.time_note.value,
        "_disposition": event.disposition.value,
        "event.original": original(event.raw),
    }


def view_set_aside(note: SetAside) -> dict[str, object]:
    """A record that could not be read, with its bytes as readable text."""
    return {"set_aside": note.reason.value, "event.original": original(note.raw)}
