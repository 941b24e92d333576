"""The ECS view: dotted flat names (`source.ip`), the rest kept under `vendor.<native name>`.

A view, never what is stored: rules match native names. Values are guarded by their ECS type, so a
host name in an address field becomes `source.domain` and a word in a port field stays `vendor.*`.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from hinomi.core.words import Disposition
from hinomi.normalise import phrases, spellings
from hinomi.normalise.moment import from_epoch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hinomi.core.records import Event
    from hinomi.normalise.format import Ecs, EcsValue, Format

# Transport numbers that senders write instead of names.
TRANSPORTS = {"1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "41": "ipv6", "47": "gre",
              "50": "esp", "51": "ah", "58": "ipv6-icmp", "132": "sctp"}  # fmt: skip
_NUMBERS = (".port", ".bytes", ".packets", ".pid", ".ppid", ".size", ".status_code", ".exit_code",
            ".iana_number", ".duration", ".risk_score", ".thread.id")  # fmt: skip
_LISTS = frozenset({"host.ip", "host.mac", "email.to.address", "email.from.address", "tags",
                    "email.cc.address", "dns.resolved_ip", "related.ip", "related.user",
                    "observer.ip", "observer.mac"})  # fmt: skip
# "1.2.3.4:443:X1", "1.2.3.4/22", "[2001:db8::1]:443", "fe80::1%eth0"
_END = re.compile(
    r"(?:(?P<v4>\d+\.\d+\.\d+\.\d+)|\[?(?P<v6>[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)\]?)"
    r"(?:[:#](?P<port>\d{1,5})\b)?(?:[:/%].*)?\Z"
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
    if form.shape == "generic":
        spellings.add_known(fields, view, used)
        phrases.add_phrases(fields, view, event.raw)
    _finish(view)
    texts = _texts(view)
    for native, value in fields.items():
        # A value that was split or spelt anew stays readable as the sender wrote it.
        if native not in used or value not in texts:
            view.setdefault(f"vendor.{native}", _as_list(value) if value[:2] == '["' else value)
    _add_frame(event, form, view)
    return view


def put(view: Ecs, name: str, value: str) -> bool:
    """Set `name` when it is still free and the value has its type; True when it now stands."""
    if name in view:
        return str(view[name]) == value
    typed = typed_value(name, value)
    if typed is None:
        return name.endswith(".ip") and _put_end(view, name, value)
    view[name] = typed
    return True


def _put_end(view: Ecs, name: str, value: str) -> bool:
    """What stands in an address field without being one: address and port, mask, or a host."""
    if found := _END.match(value):
        address = found["v4"] or found["v6"]
        if is_address(address):
            view[name] = address
            if found["port"] and name != "host.ip":
                put(view, f"{name[:-3]}.port", found["port"])
            return True
    left, _, port = value.rpartition(":")
    if left.count(":") > 1 and port.isdigit() and is_address(left):  # IPv6 and port, no brackets
        view[name] = left
        put(view, f"{name[:-3]}.port", port)
        return True
    if name.count(".") == 1 and name != "host.ip" and is_host(value):
        return put(view, f"{name[:-3]}.domain", value)
    return False


def typed_value(name: str, value: str) -> EcsValue | None:
    """The value in the type ECS wants, None when it is not one."""
    if name in _LISTS:
        return [_bare(item) for item in _as_list(value)]
    if name.endswith(".ip"):
        return value if is_address(value) else None
    if name.endswith(_NUMBERS):
        return _as_number(value)
    return value


@lru_cache(maxsize=8192)
def is_address(text: str) -> bool:
    """IPv4 or IPv6, without port or mask."""
    if not text or text[0] not in "0123456789abcdefABCDEF:" or len(text) > 45:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_host(text: str) -> bool:
    """Looks like a host name: letters, digits, dots and dashes, at least one letter."""
    plain = text.replace(".", "").replace("-", "").replace("_", "")
    return plain.isalnum() and not plain.isdigit() and len(text) < 254


def iso(moment: datetime) -> str:
    """UTC with microseconds only where they say something."""
    return moment.isoformat().replace("+00:00", "Z")


def split_user(view: Ecs, name: str = "user") -> None:
    """`DOMAIN\\name` becomes domain and name."""
    text = str(view.get(f"{name}.name", ""))
    domain, slash, rest = text.partition("\\")
    if slash and rest and domain:
        view[f"{name}.name"] = rest.lstrip("\\")
        view[f"{name}.domain"] = domain


def base_name(path: str) -> str:
    """The last part of a Windows or POSIX path."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def add_hashes(view: Ecs, target: str, text: str) -> None:
    """`SHA1=…,MD5=…` or `SHA1:…;` as Sysmon and Defender write it."""
    for piece in text.replace(";", ",").replace(":", "=").split(","):
        kind, equals, value = piece.strip().partition("=")
        if equals and kind.strip().lower() in ("md5", "sha1", "sha256", "imphash"):
            key = "pe.imphash" if kind.strip().lower() == "imphash" else f"hash.{kind.lower()}"
            view.setdefault(f"{target}.{key}", value.strip().lower())


def _bare(item: str) -> str:
    """`<a@b.example>` without its brackets, `10.1.2.3/22` without its mask."""
    if item[:1] == "<" and item[-1:] == ">":
        return item[1:-1]
    address, slash, mask = item.partition("/")
    return address if slash and mask.isdigit() and is_address(address) else item


def _as_list(value: str) -> list[str]:
    if value[:1] == "[":
        try:
            items = orjson.loads(value)
        except orjson.JSONDecodeError:
            return [value]
        if isinstance(items, list):
            return [str(item) for item in items]
    return [value]


def _as_number(value: str) -> int | float | None:
    text = value.strip()
    try:
        if text[:2].lower() == "0x":
            return int(text, 16)
        if text.lstrip("-").isdigit() and text.isascii() and len(text) < 20:
            return int(text)
        return float(text) if text.replace(".", "", 1).isdigit() and text.isascii() else None
    except ValueError:
        return None


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
    raw = event.raw.decode("utf-8", "ignore") if event.raw.isascii() else _original(event.raw)
    view["event.original"] = raw
    view.setdefault("event.module", form.name)
    if form.vendor:
        view.setdefault("observer.vendor", form.vendor)
        view.setdefault("observer.product", form.product)
    if event.device and form.shape in ("windows", "linux", "sophos_central"):
        view.setdefault("host.name", event.device)
    elif event.device and form.shape != "generic":
        view.setdefault("observer.name", event.device)
    elif event.device:
        view.setdefault("host.name", event.device)
    if event.disposition in _OUTCOMES:
        view.setdefault("event.type", _OUTCOMES[event.disposition])
    view["hinomi.disposition"] = event.disposition.value
    view["hinomi.time_note"] = event.time_note.value


def _original(raw: bytes) -> str:
    from hinomi.normalise.decode import decode

    return decode(raw)[0]


def epoch_or_text(text: str) -> str:
    """A time for the view: epochs become ISO."""
    moment = from_epoch(text)
    return iso(moment) if moment else text


def add_url(ecs: Ecs, url: str) -> None:
    """Parts of an address; one without scheme is a path, or host and path."""
    scheme, mark, rest = url.partition("://")
    if mark:
        ecs.setdefault("url.full", url)
        ecs.setdefault("url.scheme", scheme)
        host, slash, path = rest.partition("/")
        ecs.setdefault("url.domain", host.rpartition("@")[2].partition(":")[0])
        path = slash + path
    elif url[:1] == "/":
        path = url
    else:
        return
    path, question, query = path.partition("?")
    if path:
        ecs.setdefault("url.path", path)
    if question and query:
        ecs.setdefault("url.query", query)
