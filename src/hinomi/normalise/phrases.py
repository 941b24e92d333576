"""Facts in free text: who, from where, to which port. For senders whose grammar we do not know.

Patterns are anchored on the words around the value, so a version number does not become an address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs

_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})"
# (pattern, group → ECS name); tried in order, a name found first stays.
_PHRASES: tuple[tuple[re.Pattern[str], dict[str, str]], ...] = (
    (
        re.compile(
            rf"(?P<a>{_IP})(?:[:/#(](?P<ap>\d{{1,5}})\)?)?\s*(?:->|→|=>|>|\bto\b)\s*"
            rf"(?:\w+:)?(?P<b>{_IP})(?:[:/#(](?P<bp>\d{{1,5}}))?"
        ),
        {"a": "source.ip", "ap": "source.port", "b": "destination.ip", "bp": "destination.port"},
    ),
    (
        re.compile(
            rf"(?:\b[Ff]rom|\bfor src|\bsrc|\bsource(?: address)?|\brhost|\bclient|\bpeer)"
            rf"[ :=\[@]+(?:[\w.\-]*:|[\w.\-]+\[)?(?P<a>{_IP})"
            r"(?:(?:[/:#(]| port |, port )(?P<ap>\d{1,5}))?"
        ),
        {"a": "source.ip", "ap": "source.port"},
    ),
    (
        re.compile(
            rf"(?:\b[Tt]o|\bdst|\bdestination(?: address)?|\brelay|\bserver)"
            rf"[ :=\[@]+(?:[\w.\-]*:|[\w.\-]+\[)?(?P<b>{_IP})"
            r"(?:(?:[/:#(]|\]:| port )(?P<bp>\d{1,5}))?"
        ),
        {"b": "destination.ip", "bp": "destination.port"},
    ),
    (
        re.compile(
            r"(?:\buser(?:name)?|\bUser(?:name)?|\baccount|\blogin|\buid)(?:\s*[=:]\s*|\s+)"
            r"[\[\"'<]?(?!name\b|from\b|was\b|is\b|has\b|not\b|unknown\b|agent\b)"
            r"(?P<u>[A-Za-z0-9_][\w.\-@\\$]*)"
        ),
        {"u": "user.name"},
    ),
    (re.compile(r"\b(?P<p>TCP|UDP|ICMP|tcp|udp|icmp)\b"), {"p": "network.transport"}),
)
_ADDRESS = re.compile(
    r"(?<![\w.:])(?P<a>\d{1,3}(?:\.\d{1,3}){3})(?:[:/#](?P<ap>\d{1,5}))?(?![\w.])"
)


def add_phrases(fields: Mapping[str, str], view: Ecs) -> None:
    """Look into `message` for what no field said."""
    text = fields.get("message", "")
    if not text or len(text) > 16_384:
        return
    from hinomi.normalise.ecs import put

    for pattern, names in _PHRASES:
        found = pattern.search(text)
        if found:
            for group, name in names.items():
                if found[group] and name not in view:
                    put(view, name, found[group])
    found = None if "source.ip" in view else _ADDRESS.search(text)
    if found is None or found["a"] == view.get("destination.ip"):
        return
    if put(view, "source.ip", found["a"]) and found["ap"]:
        put(view, "source.port", found["ap"])
