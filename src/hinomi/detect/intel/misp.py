"""MISP: an event, a search answer (`response`) or bare attributes, as MISP exports them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.core.indicators import Kind
from hinomi.detect.intel.moments import read_moment
from hinomi.detect.intel.stix import read_tlp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hinomi.detect.intel.feed import Feed

DEEPEST = 10  # response → event → object → attribute are 7 with their lists; deeper is not MISP
# Attribute type → what it holds. `a|b` types are two values in one; the part is named below.
_TYPES: dict[str, Kind] = {
    "ip-src": Kind.IP,
    "ip-dst": Kind.IP,
    "domain": Kind.DOMAIN,
    "hostname": Kind.HOST,
    "url": Kind.URL,
    "uri": Kind.URL,
    "link": Kind.URL,
    "md5": Kind.MD5,
    "sha1": Kind.SHA1,
    "sha256": Kind.SHA256,
    "email": Kind.MAIL,
    "email-src": Kind.MAIL,
    "email-dst": Kind.MAIL,
    "email-reply-to": Kind.MAIL,
}
_FIRST_PART = {"ip-src|port": Kind.IP, "ip-dst|port": Kind.IP, "domain|ip": Kind.DOMAIN,
               "hostname|port": Kind.HOST}  # fmt: skip
_SECOND_PART = {"filename|md5": Kind.MD5, "filename|sha1": Kind.SHA1,
                "filename|sha256": Kind.SHA256, "malware-sample": Kind.MD5}  # fmt: skip
_CONTAINERS = ("response", "Event", "Attribute", "Object")


def is_misp(tree: object) -> bool:
    """Whether an attribute with MISP's own keys can be found where MISP puts them."""
    if isinstance(tree, dict) and any(name in tree for name in _CONTAINERS):
        return True
    return any(_is_attribute(each) for each, _ in _walk(tree, {}, 0))


def read_misp(tree: object, feed: Feed) -> None:
    """Add every attribute meant for detection; the others are counted."""
    feed.read_as = "MISP JSON"
    for number, (each, event) in enumerate(_walk(tree, {}, 0)):
        _take(each, event, feed, f"attribute {number + 1}")


def _walk(
    tree: object, event: Mapping[str, object], depth: int
) -> Iterator[tuple[Mapping[str, object], Mapping[str, object]]]:
    """Each attribute with the event it stands in."""
    if depth > DEEPEST:
        return
    if isinstance(tree, list):
        for part in tree:
            yield from _walk(part, event, depth + 1)
    elif isinstance(tree, dict):
        if _is_attribute(tree):
            yield tree, event
            return
        inside = tree if "Attribute" in tree and "info" in tree else event
        for name in _CONTAINERS:
            if name in tree:
                yield from _walk(tree[name], inside, depth + 1)


def _is_attribute(tree: object) -> bool:
    return isinstance(tree, dict) and "type" in tree and isinstance(tree.get("value"), str)


def _take(each: Mapping[str, object], event: Mapping[str, object], feed: Feed, place: str) -> None:
    found = _value(str(each["type"]), str(each["value"]))
    if found is None:
        feed.refuse(f"an attribute of type {str(each['type'])[:40]}", place=place)
        return
    kind, text = found
    if _is_true(each.get("deleted")):
        feed.withdraw(text, kind=kind)
        return
    if "to_ids" in each and not _is_true(each["to_ids"]):
        feed.refuse("not meant for detection (to_ids is false)", place=place)
        return
    names = [*_tag_names(each), *_tag_names(event)]
    template = feed.template(name=event.get("info"), description=each.get("comment"), labels=names)
    told = [tlp for tlp in map(read_tlp, names) if tlp]
    about = replace(
        template,
        tlp=max(told, key=lambda tlp: tlp.rank) if told else template.tlp,
        valid_from=read_moment(each.get("first_seen")),
    )
    feed.take(text, place=place, kind=kind, about=about)


def _value(name: str, text: str) -> tuple[Kind, str] | None:
    if name in _TYPES:
        return _TYPES[name], text
    first, _, second = text.partition("|")
    if name in _FIRST_PART:
        return _FIRST_PART[name], first
    if name in _SECOND_PART:
        return _SECOND_PART[name], second
    return None


def _tag_names(tree: Mapping[str, object]) -> list[str]:
    tags = tree.get("Tag")
    if not isinstance(tags, list):
        return []
    return [str(tag.get("name")) for tag in tags if isinstance(tag, dict)]


def _is_true(value: object) -> bool:
    return value in (True, 1, "1", "true")
