"""Reads how a carrier is asked (`carriers/`), and makes the request of it.

Values never become part of a form: they are put into the finished structure, each as the place asks
(JSON, form, header, address), so that no quote, brace or line break in a text can change it.
"""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import yaml

from hinomi.core.errors import HinomiError
from hinomi.respond.channels.channel import ChannelError
from hinomi.respond.channels.post import Post, header_text, json_body, path_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.respond.channels.post import Reply

_PLACE = re.compile(r"\{([a-z_]+)\}")
NAMES = frozenset(
    {"to", "text", "ssml", "message_id", "press_url", "base_url", "account", "key", "basic",
     "sender"}
)  # fmt: skip
_NUMBERS = ("domestic", "international")
_BODIES = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Words:
    """A place in an answer, and what stands there. No place: nothing is asked."""

    at: str = ""
    found: frozenset[str] = frozenset()

    def stand_in(self, reply: Reply) -> bool:
        """True when the answer says one of them there."""
        return bool(self.at) and reply.text(self.at) in self.found


@dataclass(frozen=True, slots=True)
class Carrier:
    """One file. `taken`: what an answer must say besides 2xx; `later`, `never`: answers that mean
    a temporary or a permanent refusal whatever their status; `nobody`: answers that mean that this
    number does not exist or takes no messages; `id`, `units`, `code`: where the
    answer names these."""

    name: str
    title: str
    number: str
    url: str
    headers: Mapping[str, str]
    body: str
    fields: Mapping[str, Any]
    id: str = ""
    units: str = ""
    code: str = ""
    taken: Words = field(default_factory=Words)
    later: Words = field(default_factory=Words)
    never: Words = field(default_factory=Words)
    nobody: Words = field(default_factory=Words)

    def post(self, values: Mapping[str, str]) -> Post:
        """The request for these values. Raises ChannelError for one that fits no header."""
        full = {**values, "basic": _basic(values), "ssml": _ssml(values.get("text", ""))}
        headers = {name: header_text(_filled(text, full)) for name, text in self.headers.items()}
        fields = _structure(self.fields, full)
        if self.body == "json":
            raw = json_body(fields)
        else:
            raw = urlencode(fields, errors="replace").encode()
        in_address = {name: path_part(text) for name, text in full.items()}
        in_address["base_url"] = full["base_url"].rstrip("/")
        return Post(
            url=_filled(self.url, in_address),
            whose="The carrier",
            body=raw,
            headers={**headers, "Content-Type": _BODIES[self.body]},
        )


@lru_cache(maxsize=8)
def carriers(kind: str) -> Mapping[str, Carrier]:
    """All carriers of a kind (sms, voice) by name. Raises HinomiError for a file that is wrong."""
    folder = resources.files("hinomi.respond.channels.carriers").joinpath(kind)
    files = sorted(
        (each for each in folder.iterdir() if each.name.endswith(".yml")),
        key=lambda each: each.name,
    )
    return {
        each.name[:-4]: read_carrier(yaml.safe_load(each.read_text("utf-8")), name=each.name[:-4])
        for each in files
    }


def carrier_named(name: str, *, kind: str) -> Carrier:
    """Raises ChannelError when there is none of that name (an older version had it)."""
    found = carriers(kind).get(name)
    if found is None:
        raise ChannelError(
            f"No carrier {name!r}.", permanent=True, advice="Choose the carrier of this way anew."
        )
    return found


def read_carrier(raw: object, *, name: str) -> Carrier:
    """One file's content, checked. Raises HinomiError naming what is wrong."""
    if not isinstance(raw, dict):
        raise _wrong(name, "is no table")
    unknown = set(raw) - set(Carrier.__slots__) - {"name"}
    if unknown:
        raise _wrong(name, f"knows no {sorted(unknown)[0]}")
    if raw.get("number") not in _NUMBERS or raw.get("body") not in _BODIES:
        raise _wrong(name, "number or body is missing")
    texts = [str(raw["url"]), *map(str, raw["headers"].values()), *_texts(raw["fields"])]
    strange = {place for text in texts for place in _PLACE.findall(text)} - NAMES
    if strange:
        raise _wrong(name, f"asks for {sorted(strange)[0]}, which is nothing")
    words = {place: _words(raw.get(place)) for place in ("taken", "later", "never", "nobody")}
    return Carrier(**{**raw, **words, "name": name})


def _words(raw: object) -> Words:
    if not isinstance(raw, dict):
        return Words()
    return Words(str(raw["at"]), frozenset(map(str, raw["is"])))


def _filled(text: str, values: Mapping[str, str]) -> str:
    """In one pass: a brace in a value is never read again."""
    return _PLACE.sub(lambda place: values.get(place[1], ""), text)


def _structure(value: Any, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - a tree of JSON
    if isinstance(value, dict):
        return {name: _structure(each, values) for name, each in value.items()}
    return _filled(value, values) if isinstance(value, str) else value


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def _basic(values: Mapping[str, str]) -> str:
    pair = f"{values.get('account', '')}:{values.get('key', '')}"
    return base64.b64encode(pair.encode("utf-8", "replace")).decode()


def _ssml(text: str) -> str:
    return f'<speak xml:lang="ja-JP">{html.escape(text)}</speak>'


def _wrong(name: str, what: str) -> HinomiError:
    return HinomiError(f"The carrier file {name}.yml {what}.", advice="Mend that file.")
