"""How the tables of a format are written short, and the CEF and LEEF records whose mark is missing.

A collector that takes the syslog header off often takes `CEF:` with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.scanners.cef import scan_cef, scan_leef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.core.words import Disposition
    from hinomi.normalise.format import Fields

_NEAR = 400  # how far into a line a header's vendor stands


def natives(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """ECS name → native fields, which are written in one text, best first."""
    return {name: tuple(text.split()) for name, text in table.items()}


def outcomes(table: Mapping[Disposition, str]) -> dict[str, Disposition]:
    """A product's word, in lower case → what it means; each row's words in one text."""
    return {word: outcome for outcome, words in table.items() for word in words.split()}


def is_of(text: str, vendor: str) -> bool:
    """A CEF or LEEF header names this vendor, with or without its mark, even where an empty field
    has shifted the header."""
    return f"|{vendor}|" in text[:_NEAR]


def scan_marked(text: str) -> Fields:
    """The fields of a CEF or LEEF record, whether or not its mark is still there.

    Raises NotThisFormat when neither is.
    """
    if (start := text.find("CEF:")) >= 0:
        return scan_cef(text[start:].replace("CEF:0||", "CEF:0|", 1))
    if "LEEF:" in text[:_NEAR]:
        return scan_leef(text)
    bare = text.lstrip()
    if bare[:2] == "0|":
        return scan_cef(f"CEF:{bare}")
    if bare[:4] in ("1.0|", "2.0|"):
        return scan_leef(f"LEEF:{bare}".replace("#011", "\t"))
    raise NotThisFormat("Neither CEF nor LEEF.")


def renamed(found: Mapping[str, str], names: Mapping[str, str]) -> Fields:
    """The fields under the product's own names; what has none keeps its name, and no value is lost
    when two names become one."""
    fields: Fields = {}
    for key, value in found.items():
        name = names.get(key, key)
        fields[key if name in fields else name] = value
    return fields


def without_labels(fields: Mapping[str, str]) -> Fields:
    """Without `cs1Label` and the numbered fields whose label carries them already."""
    told = {key[:-5] for key, value in fields.items() if key[-5:] == "Label" and value}
    return {key: value for key, value in fields.items() if key[-5:] != "Label" and key not in told}
