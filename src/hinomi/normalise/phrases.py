"""Facts in free text: who, from where, to which port. For senders whose grammar we do not know.

Patterns are anchored on the words around the value, so a version number does not become an address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hinomi.normalise.decode import decode
from hinomi.normalise.ecs_values import add_url, is_address, put
from hinomi.normalise.header import read_header

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.normalise.format import Ecs

_V4 = r"\d{1,3}(?:\.\d{1,3}){3}"
_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})"
# (pattern, group → ECS name); tried in order, a name found first stays.
_PHRASES: tuple[tuple[re.Pattern[str], dict[str, str]], ...] = (
    (
        re.compile(  # Cisco ASA: "for outside:203.0.113.30/443 (…) to inside:10.0.0.1/50111"
            rf"(?<![\w\-])(?P<ai>[A-Za-z][\w\-]*):(?P<a>{_V4})(?:/(?P<ap>\d+))?"
            r"(?:\s?\([^)]*\)){0,3}\s+"
            rf"(?:to|dst)\s+(?P<bi>[A-Za-z][\w\-]*):(?P<b>{_V4})(?:/(?P<bp>\d+))?"
        ),
        {
            "ai": "observer.ingress.interface.name",
            "a": "source.ip",
            "ap": "source.port",
            "bi": "observer.egress.interface.name",
            "b": "destination.ip",
            "bp": "destination.port",
        },
    ),
    (re.compile(r"\((?P<u>[\w.\-]{1,40}\\[\w.\-]{1,60})(?:@[\w.\-]+)?\)"), {"u": "user.name"}),
    (
        re.compile(r"changed state to (?P<s>up|down)\b|\bis (?P<t>up|down) in "),
        {"s": "event.action", "t": "event.action"},
    ),
    (
        re.compile(
            rf"(?P<a>{_IP})(?:[:/#(](?P<ap>\d{{1,5}})\)?)?\s*(?:->|→|=>|>|\bto\b)\s*"
            rf"(?:\w+:)?(?P<b>{_IP})(?:[:/#(](?P<bp>\d{{1,5}}))?"
        ),
        {"a": "source.ip", "ap": "source.port", "b": "destination.ip", "bp": "destination.port"},
    ),
    (
        re.compile(
            rf"(?:\bclient=|\b[Ff]rom |\bfrom=)(?P<d>[A-Za-z0-9][\w.\-]*)\[(?P<a>{_IP})\]"
            r"(?::(?P<ap>\d{1,5}))?"
        ),
        {"d": "source.domain", "a": "source.ip", "ap": "source.port"},
    ),
    (
        re.compile(
            rf"(?:\brelay=|\bto )(?P<d>[A-Za-z0-9][\w.\-]*)\[(?P<b>{_IP})\](?::(?P<bp>\d{{1,5}}))?"
        ),
        {"d": "destination.domain", "b": "destination.ip", "bp": "destination.port"},
    ),
    (
        re.compile(rf"^(?P<a>{_IP}) \S+ (?P<u>[^\[\"]*?) \[\d\d?/"),
        {"a": "source.ip", "u": "user.name"},
    ),
    (
        re.compile(
            rf"(?:^|\s)(?P<u>[\w.\-@]{{1,64}}(?: [\w.\-@]{{1,64}})?)/(?P<a>{_IP}):"
            r"(?P<ap>\d{1,5}) "
        ),
        {"u": "user.name", "a": "client.ip", "ap": "client.port"},
    ),
    (
        re.compile(rf"(?:^|\d\d )(?P<a>{_IP}):(?P<ap>\d{{1,5}}) (?:\[(?P<d>[\w.\-]+)\] )?"),
        {"a": "client.ip", "ap": "client.port", "d": "client.domain"},
    ),
    (
        re.compile(r"query: (?P<q>\S+) IN (?P<t>[A-Z0-9]+)"),
        {"q": "dns.question.name", "t": "dns.question.type"},
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
            r"\b(?:[Uu]ser(?:name)?|[Uu]name|[Aa]ccount|[Ll]ogin|[Aa]dmin)(?:\s?[:=]?\s?)"
            r"[\[\"'<](?P<u>[^\]\"'>\s][^\]\"'>]{0,80})[\]\"'>]"
        ),
        {"u": "user.name"},
    ),
    (
        re.compile(
            r"\b(?:[Uu]sername|[Uu]name|[Uu]ser|[Aa]dmin)\s?[:=]\s?(?P<u>[A-Za-z0-9_][\w.\-@\\$]*)"
        ),
        {"u": "user.name"},
    ),
    (re.compile(r"\bLogin (?:OK|incorrect)[^\[]{0,40}: \[(?P<u>[^\]/]{1,80})"), {"u": "user.name"}),
    (
        re.compile(r"\b(?:cli|mac|hw:?) (?P<m>[0-9A-Fa-f]{2}(?:[:\-][0-9A-Fa-f]{2}){5})"),
        {"m": "source.mac"},
    ),
    (re.compile(r"\bto (?:host \S+ )?port (?P<p>\d{1,5})"), {"p": "destination.port"}),
    (
        re.compile(
            r"(?:\buser(?:name)?|\bUser(?:name)?|\baccount|\blogin|\buid)(?:\s*[=:]\s*|\s+)"
            r"[\[\"'<]?(?!name\b|from\b|was\b|is\b|has\b|not\b|unknown\b|agent\b|with\b|logged\b|in\b|to\b|on\b|and\b|of\b|for\b)"
            r"(?P<u>[A-Za-z0-9_][\w.\-@\\$]*)"
        ),
        {"u": "user.name"},
    ),
    (re.compile(r"\b(?P<p>TCP|UDP|ICMP|tcp|udp|icmp)\b"), {"p": "network.transport"}),
)
_TEXTS = ("message", "msg", "description", "EventDescription", "Message", "Description")
_FEW = 14  # fields; a record with more of them has said who and where
_LONGEST = 8_192
_MOST_ADDRESSES = 20
_URL = re.compile(r"\b(?:https?|tftp|ftp|scp|sftp)://[^\s\"'<>)\]]+", re.IGNORECASE)
_REQUEST = re.compile(
    r"[\"\s](?P<m>GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|PROPFIND|TRACE) "
    r"(?P<u>[^\"\s]+(?: [^\"\s]+){0,8}?)(?: HTTP/[\d.]+)?"
    r"(?:\" (?P<s>[1-5]\d\d) (?P<b>\d+|-)(?: \"(?P<r>[^\"]*)\" \"(?P<a>[^\"]*)\")?|(?=[\"\s]))"
)
_ADDRESS = re.compile(
    r"(?<![\w.:])(?P<a>\d{1,3}(?:\.\d{1,3}){3})(?:[:/#](?P<ap>\d{1,5}))?(?![\w.])"
)


def _add_url_of_fields(fields: Mapping[str, str], view: Ecs) -> None:
    """A field that holds a whole address, whatever it is called."""
    if "url.original" not in view:
        for value in fields.values():
            if value[:8].lower().startswith(("http://", "https://")):
                view["url.original"] = value
                break
    if url := view.get("url.original"):
        add_url(view, str(url))


def _add_rest_of_request(found: re.Match[str], view: Ecs) -> None:
    """What web servers write after the request: status, size, referrer, browser."""
    for group, name in (
        ("s", "http.response.status_code"),
        ("b", "http.response.bytes"),
        ("r", "http.request.referrer"),
        ("a", "user_agent.original"),
    ):
        if found[group] and found[group] != "-":
            put(view, name, found[group])


def _add_mail(view: Ecs) -> None:
    """The domains of sender and recipient."""
    for name, side in (("email.to.address", "destination"), ("email.from.address", "source")):
        addresses = view.get(name)
        if isinstance(addresses, list) and addresses and "@" in addresses[0]:
            view.setdefault(f"{side}.domain", addresses[0].rpartition("@")[2].rstrip(">"))


def add_related(view: Ecs, raw: bytes) -> None:
    """Every address in a record of an unknown sender, whatever its part: a search finds it then."""
    if raw[:1] == b"{":
        return  # its fields have names already
    text = read_header(decode(raw)[0]).body[:_LONGEST]
    found = list(dict.fromkeys(part["a"] for part in _ADDRESS.finditer(text)))[:_MOST_ADDRESSES]
    if addresses := [address for address in found if is_address(address)]:
        view.setdefault("related.ip", addresses)


def add_phrases(fields: Mapping[str, str], view: Ecs, raw: bytes) -> None:
    """Look into the text for what no field said; into the whole line when it has few fields."""
    _add_url_of_fields(fields, view)
    text = next((fields[name] for name in _TEXTS if fields.get(name)), "")
    if len(fields) <= _FEW and raw[:1] != b"{":
        # Without the header: the address of a relay or of the sender itself is not the source's.
        text = read_header(decode(raw)[0]).body
    if not text or len(text) > _LONGEST:
        return
    if (found := _REQUEST.search(text)) and put(view, "http.request.method", found["m"]):
        put(view, "url.original", found["u"])
        add_url(view, found["u"])
        _add_rest_of_request(found, view)
    elif "url.original" not in view and (found := _URL.search(text)):
        view["url.original"] = found[0]
        add_url(view, found[0])

    for pattern, names in _PHRASES:
        found = pattern.search(text)
        if found:
            for group, name in names.items():
                if found[group] and name not in view:
                    put(view, name, found[group])
    _add_mail(view)
    found = None if "source.ip" in view else _ADDRESS.search(text)
    if found is None or found["a"] == view.get("destination.ip"):
        return
    if put(view, "source.ip", found["a"]) and found["ap"]:
        put(view, "source.port", found["ap"])
