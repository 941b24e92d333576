"""STIX 2.1: bundles, TAXII envelopes (`objects`) and lists of objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.core.indicators import Tlp
from hinomi.detect.intel.feed import percentage
from hinomi.detect.intel.moments import read_moment
from hinomi.detect.intel.pattern import PatternRefused, read_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hinomi.core.indicators import Indicator
    from hinomi.detect.intel.feed import Feed

# The marking definitions that the STIX and TLP 2.0 specifications fix for ever.
_MARKINGS = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": Tlp.CLEAR,
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": Tlp.GREEN,
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": Tlp.AMBER,
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": Tlp.AMBER_STRICT,
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": Tlp.RED,
}
# They say how objects hang together; no value of theirs is an indicator.
_SILENT = frozenset({"marking-definition", "relationship", "identity", "extension-definition"})


def is_stix(tree: object) -> bool:
    """A bundle, an envelope, or a list that holds STIX objects."""
    objects = _objects_of(tree)
    return bool(objects) and all(
        isinstance(one, dict) and isinstance(one.get("type"), str) and "--" in str(one.get("id"))
        for one in objects[:10]
    )


def read_stix(tree: object, feed: Feed) -> None:
    """Add every indicator object; other objects are counted by their type."""
    feed.read_as = "STIX 2.1"
    objects = _objects_of(tree)
    markings = _MARKINGS | dict(_own_markings(objects))
    for number, each in enumerate(objects, 1):
        place = f"objects[{number - 1}]"
        if not isinstance(each, dict):
            feed.refuse("not a STIX object", place=place)
        elif each.get("type") == "indicator":
            _take(each, feed, markings, place)
        elif each.get("type") not in _SILENT:
            feed.refuse(f"not an indicator: {str(each.get('type'))[:40]}", place=place)


def _objects_of(tree: object) -> Sequence[object]:
    found = tree.get("objects") if isinstance(tree, dict) else tree
    return found if isinstance(found, list) else ()


def _own_markings(objects: Sequence[object]) -> Iterator[tuple[str, Tlp]]:
    for each in objects:
        if isinstance(each, dict) and each.get("type") == "marking-definition":
            definition = each.get("definition")
            told = definition.get("tlp") if isinstance(definition, dict) else each.get("name")
            if tlp := read_tlp(told):
                yield str(each.get("id")), tlp


def read_tlp(value: object) -> Tlp | None:
    """`TLP:AMBER+STRICT`, `tlp:white` or `red`; None when it is none."""
    text = str(value).strip().lower().removeprefix("tlp:").replace("white", "clear")
    return Tlp(text) if text in tuple(Tlp) else None


def _take(each: Mapping[str, object], feed: Feed, markings: Mapping[str, Tlp], place: str) -> None:
    if each.get("pattern_type", "stix") != "stix":
        feed.refuse(f"a pattern in {str(each['pattern_type'])[:40]}", place=place)
        return
    try:
        wanted = read_pattern(str(each.get("pattern", "")))
    except PatternRefused as error:
        feed.refuse(error.message, place=place)
        return
    about = _about(each, feed, markings)
    for one in wanted:
        if each.get("revoked") is True:
            feed.withdraw(one.text, kind=one.kind)
        else:
            feed.take(one.text, place=place, kind=one.kind, about=about)


def _about(each: Mapping[str, object], feed: Feed, markings: Mapping[str, Tlp]) -> Indicator:
    refs = _list(each.get("object_marking_refs"))
    told = [markings[ref] for ref in map(str, refs) if ref in markings]
    template = feed.template(
        name=each.get("name"),
        description=each.get("description"),
        labels=[*_list(each.get("indicator_types")), *_list(each.get("labels"))],
        confidence=percentage(each.get("confidence")),
    )
    return replace(
        template,
        tlp=max(told, key=lambda tlp: tlp.rank) if told else template.tlp,
        valid_from=read_moment(each.get("valid_from")),
        valid_until=read_moment(each.get("valid_until")),
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
