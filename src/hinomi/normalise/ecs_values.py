"""Values of the ECS view: which type a name wants, and the parts of addresses, users and paths."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from datetime import datetime

    from hinomi.normalise.format import Ecs, EcsValue

_HEX_OF_64_BITS = 18  # characters with the 0x; JSON and the lake hold no more
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
        return [_bare(item) for item in as_list(value)]
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


def as_list(value: str) -> list[str]:
    """A field that may hold a JSON list, as a list."""
    if value[:1] == "[":
        try:
            items = orjson.loads(value)
        except orjson.JSONDecodeError:
            return [value]
        if isinstance(items, list):
            return [str(item) for item in items]
    return [value]


def _bare(item: str) -> str:
    """`<a@b.example>` without its brackets, `10.1.2.3/22` without its mask."""
    if item[:1] == "<" and item[-1:] == ">":
        return item[1:-1]
    address, slash, mask = item.partition("/")
    return address if slash and mask.isdigit() and is_address(address) else item


def _as_number(value: str) -> int | float | None:
    text = value.strip()
    try:
        if text[:2].lower() == "0x":
            return int(text, 16) if len(text) <= _HEX_OF_64_BITS else None
        if text.lstrip("-").isdigit() and text.isascii() and len(text) < 20:
            return int(text)
        return float(text) if text.replace(".", "", 1).isdigit() and text.isascii() else None
    except ValueError:
        return None
