"""Which words of a sample are names: what stands in fields that hold names, and what looks so."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.core.records import Event, RawRecord
from hinomi.normalise.ecs_values import is_address
from hinomi.normalise.format import Line
from hinomi.normalise.header import read_header
from hinomi.normalise.learn.labels import role_of_label
from hinomi.normalise.learn.notation import layout_of
from hinomi.normalise.learn.sentences import templates_of
from hinomi.normalise.learned.layouts import read_by, split_columns
from hinomi.normalise.learned.pairs import split_pairs
from hinomi.normalise.learned.template import read_template
from hinomi.normalise.record import read_record
from hinomi.normalise.spellings import known_as
from hinomi.normalise.views import view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Roles whose values are names of people, machines or things of the customer → kind of stand-in.
_NAMING = {
    "user": "user",
    "user_mail": "user",
    "host": "host",
    "src_host": "host",
    "dst_host": "host",
    "serial": "serial",
    "src_mac": "serial",
    "dst_mac": "serial",
    "mail_subject": "text",
}
# Names of the ECS view whose values name somebody.
_OF_ECS = {
    **dict.fromkeys(
        ("user.name", "user.full_name", "user.email", "source.user.name", "destination.user.name"),
        "user",
    ),
    **dict.fromkeys(("user.domain", "organization.name", "host.domain"), "company"),
    **dict.fromkeys(
        ("host.name", "host.hostname", "source.domain", "destination.domain", "observer.name",
         "observer.hostname", "source.address", "destination.address"),
        "host",
    ),
    **dict.fromkeys(("observer.serial_number", "source.mac", "destination.mac", "host.mac"),
                    "serial"),
}  # fmt: skip
_MOMENT = datetime(2036, 1, 1, tzinfo=UTC)
_LONGEST_SENTENCE = 2_000
_COMPANY_LABELS = (
    "company companyname organization organisation orgname customer customername tenant "
    "tenantname accountname sitename 会社 会社名 お客様名 顧客名 契約者名 契約者 店舗 店舗名 "
    "テナント テナント名 事業所 事業所名 拠点 拠点名 部署 部署名 住所"
)
_COMPANY_KEYS = frozenset(_COMPANY_LABELS.split())
# Names that name nobody: every machine has them.
_EVERYWHERE = (
    "root admin administrator system localhost localdomain guest unknown none null user users "
    "anonymous any all local network service default public everyone true false yes no n/a - tcp "
    "udp http https dns ssh info test daemon workgroup builtin "
    "nobody www-data sshd kernel apache nginx 管理者 不明 なし"
    " jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun hostname"
)
NOBODY = frozenset(_EVERYWHERE.split())
_FORMS = (
    "株式会社|有限会社|合同会社|合資会社|医療法人社団|医療法人|一般社団法人|社会福祉法人|学校法人"
)
_LETTER = r"[\wー・々\u3040-\u30ff\u3400-\u9fff&.\-]"
_END = r"(?=$|[\s、。,，\"'<>()（）「」【】|;:：/様]|の|に|で|は|が|を|から)"
_COMPANY = re.compile(
    rf"(?:{_FORMS})\s?(?P<after>{_LETTER}{{1,20}}?){_END}"
    rf"|(?P<before>{_LETTER}{{1,20}}?)\s?(?:{_FORMS})"
)
_ACCOUNT = re.compile(
    r"(?<![\w\\/.:])(?P<domain>[A-Za-z][\w.\-]{0,30})\\{1,2}(?P<user>[A-Za-z][\w.\-$]{1,40})(?![\w\\])"
)
_HOME = re.compile(
    r"(?i:[A-Z]:\\{1,2}(?:Users|Documents and Settings)\\{1,2}|/home/|/Users/)"
    r"(?P<user>[^\\/\s\"'<>|:*?]{1,40})"
)
_PREFIXES = "DESKTOP|LAPTOP|WIN|PC|SRV|SV|SERVER|NB|CLIENT|MAC|WS|NAS|FS|AD|DC"
_MACHINE = re.compile(rf"(?<![\w.-])(?:{_PREFIXES})-[A-Za-z0-9][A-Za-z0-9\-]{{1,30}}+(?!\w|\s?=)")
_FULL_NAME = re.compile(r"[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)*\.[A-Za-z]{2,12}")
_LONGEST = 120


def names_of(lines: Iterable[str]) -> dict[str, str]:
    """Name → kind (user, host, company, serial, text), from all lines together."""
    found: dict[str, str] = {}
    headings: list[str] = []
    for text in lines:
        cells = split_columns(text, between=",") if "," in text[:8_192] else []
        if _are_headings(cells):
            headings = [cell.strip() for cell in cells]
            continue
        pairs: Iterable[tuple[str, str]] = _pairs(text)
        if headings and len(cells) == len(headings):
            pairs = [*pairs, *zip(headings, cells, strict=True)]
        for label, value in pairs:
            _note(found, _kind_of(label), value)
        for kind, value in (*_seen(text), *_read(text)):
            _note(found, kind, value)
    return found


def _read(text: str) -> Iterator[tuple[str, str]]:
    """What our own readers of all formats take for a name in this line."""
    raw = RawRecord("-", "-", "-", "auto", "UTC", _MOMENT, text.encode("utf-8", "replace"))
    event = read_record(raw)
    if not isinstance(event, Event):
        return
    seen = view(event, "ecs")
    for name, kind in _OF_ECS.items():
        value = seen.get(name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and not is_address(each):
                yield kind, each
    if event.shape == "generic":
        yield from _said(text)


def _said(text: str) -> Iterator[tuple[str, str]]:
    """Names in sentences, by the words around them."""
    body = read_header(text).body
    if len(body) > _LONGEST_SENTENCE or body.count('"') > 8:
        return
    for found in templates_of([body]):
        spans = read_template(found.template).spans(body.strip()) or []
        for name, start, end in spans:
            if kind := _NAMING.get(found.roles.get(name, "")):
                yield kind, body.strip()[start:end]


def _are_headings(cells: list[str]) -> bool:
    """A row of labels, of which one at least is that of a name."""
    names = [cell.strip() for cell in cells]
    if len(names) < 2 or any(not name or name[0].isdigit() or len(name) > 40 for name in names):
        return False
    known = sum(bool(role_of_label(name) or _kind_of(name)) for name in names)
    return known * 2 >= len(names) and any(map(_kind_of, names))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    line = Line(text=text, encoding="utf-8", header=read_header(text))
    if line.header.host and not line.header.host[0].isdigit():
        yield "hostname", line.header.host
    layout = layout_of(line)
    if layout is not None:
        with suppress(NotThisFormat):
            yield from read_by(layout, line).items()
    for mark in (":", "="):
        for label, value in split_pairs(text, mark=mark, between="").items():
            yield label, value.partition(" ")[0] if value.isascii() else value


@lru_cache(maxsize=8_192)
def _kind_of(label: str) -> str:
    plain = label.rpartition(".")[2].casefold().replace("_", "").replace(" ", "").replace("-", "")
    if plain in _COMPANY_KEYS:
        return "company"
    if "user.domain" in known_as(label):
        return "company"
    return _NAMING.get(role_of_label(label), "")


def _seen(text: str) -> Iterator[tuple[str, str]]:
    for found in _COMPANY.finditer(text):
        yield "company", found["after"] or found["before"]
    for found in _ACCOUNT.finditer(text):
        yield "host", found["domain"]
        yield "user", found["user"]
    for found in _HOME.finditer(text):
        yield "user", found["user"]
    for found in _MACHINE.finditer(text):
        yield "host", found[0]


def _note(found: dict[str, str], kind: str, value: str) -> None:
    """Keep a name; parts of `DOMAIN\\user` and `user@domain` each by itself."""
    value = value.strip().strip("\"'「」()（）<>[]")
    if not kind or not value or len(value) > _LONGEST:
        return
    if value.casefold() in ("nt authority", "nt service", "font driver host", "window manager"):
        return
    if "\\" in value:
        for part in value.split("\\"):
            _note(found, kind, part)
        return
    local, mark, _ = value.partition("@")
    value = local if mark else value
    if kind == "host" and _FULL_NAME.fullmatch(value):
        # What follows the machine's own name is a domain, which is replaced label by label.
        value = value.partition(".")[0] if value.count(".") > 1 else ""
    is_short = len(value) < (3 if value.isascii() else 2)
    if is_short or value.casefold() in NOBODY or is_address(value):
        return
    if value.replace(".", "").replace(":", "").isdigit() and (kind != "serial" or len(value) < 6):
        return
    found.setdefault(value, kind)
