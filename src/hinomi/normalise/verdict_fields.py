"""What a verdict adds to an event: `verdict.*`, the same names for every product (ADR 0026).

Only one set of rules reads them, so they say in one way what each format calls otherwise: what was
seen, what became of it, on whose machine, from where to where, and in which file.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING

from hinomi.normalise.ecs_values import is_address, put
from hinomi.normalise.format import first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.core.words import Disposition
    from hinomi.normalise.format import Ecs, Fields, Format, Verdict

# Not Python's `is_private`: that counts the networks set aside for documentation too.
_INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                    "169.254.0.0/16", "fc00::/7", "fe80::/10")
)  # fmt: skip


_NAMES = frozenset(
    f"verdict.{name}"
    for name in ("kind", "name", "disposition", "inside", "origin", "source", "destination", "file",
                 "user", "sender", "subject")
)  # fmt: skip


def as_said(fields: Fields) -> Fields:
    """A sender's own fields of our names become `said.verdict.*`: only a format judges."""
    return {(f"said.{name}" if name in _NAMES else name): text for name, text in fields.items()}


def verdict_fields(
    form: Format, fields: Mapping[str, str], *, verdict: Verdict, disposition: Disposition
) -> Fields:
    """`verdict.kind`, `.name`, `.disposition`; and `.inside` (the company's own machine: its name,
    else its address), `.origin` (inside or outside), `.source`, `.destination`, `.file`, `.user`,
    `.sender` and `.subject` as far as the record tells them."""
    source = _address(form, fields, "source.ip")
    destination = _address(form, fields, "destination.ip")
    told = {
        "source": source,
        "destination": destination,
        "origin": ("inside" if is_inside(source) else "outside") if source else "",
        "inside": _inside(form, fields, source, destination),
        "file": _text(form, fields, "file.name") or _text(form, fields, "file.path"),
        "user": _text(form, fields, "user.name"),
        "sender": _text(form, fields, "email.from.address"),
        "subject": _text(form, fields, "email.subject"),
    }
    return {
        "verdict.kind": verdict.kind.value,
        "verdict.name": verdict.name,
        "verdict.disposition": disposition.value,
        **{f"verdict.{name}": value for name, value in told.items() if value},
    }


@lru_cache(maxsize=8192)
def is_inside(text: str) -> bool:
    """An address of a private network: a machine of the company itself."""
    if not is_address(text):
        return False
    address = ipaddress.ip_address(text)
    return any(address in network for network in _INSIDE if network.version == address.version)


def _inside(form: Format, fields: Mapping[str, str], source: str, destination: str) -> str:
    """An endpoint product speaks of its own host; what stands at the gate, of an end of a
    connection, and its host name is the gate's."""
    is_gate = "observer.ingress.interface.name" in form.ecs
    if not is_gate and (name := _text(form, fields, "host.name")):
        return name
    if is_inside(source):
        return _text(form, fields, "source.domain") or source
    return destination if is_inside(destination) else ""


def _address(form: Format, fields: Mapping[str, str], name: str) -> str:
    """Read as the ECS view reads it, so that a port or a mask behind the address goes."""
    view: Ecs = {}
    for native in form.ecs.get(name, ()):
        if (value := fields.get(native)) and put(view, name, value) and name in view:
            return str(view[name])
    return ""


def _text(form: Format, fields: Mapping[str, str], name: str) -> str:
    return first(fields, form.ecs.get(name, ()))
