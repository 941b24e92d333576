"""What a finding has in common with findings elsewhere, as hashes: nothing else leaves the company.

Equal patterns of two companies mean: the same rule fired on the same program (or program of the
same signer), they met the same known indicator or stranger, or the same sender wrote to them.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.core.findings import Finding


class PatternKind(StrEnum):
    """In what the findings are alike."""

    PROGRAM = "program"
    RULE = "rule"
    INDICATOR = "indicator"
    SENDER = "sender"

    @property
    def ja(self) -> str:
        """For the analyst: what is alike."""
        return _KIND_WORDS[self]


_KIND_WORDS = {
    PatternKind.PROGRAM: "同じルールが、同じソフトで動いた",
    PatternKind.RULE: "同じルールが動いた",
    PatternKind.INDICATOR: "同じ相手が記録にある",
    PatternKind.SENDER: "同じ差出人からのメール",
}

# The steps that lead to encrypted files: nobody waits with these for an answer about updates.
RANSOMWARE_CHAIN = frozenset(
    {
        "c2_communication",
        "credential_theft",
        "defence_disabled",
        "emotet",
        "log_erased",
        "login_succeeded",
        "ransomware",
        "remote_entry",
    }
)
_INTEL_RULE = "intel-"  # detect.intel names its findings so; the id is itself a hash

_SIGNER_FIELDS = ("Signature", "Signer", "Publisher")
_PROGRAM_FIELDS = ("Image", "NewProcessName", "ImagePath", "ServiceFileName", "exe", "Path")
_PARENT_FIELDS = ("ParentImage", "ParentProcessName", "SourceImage")
_PROGRAM_SLOTS = ("program", "file")
_STRANGER_SLOTS = ("server", "source_ip", "site")
_UNSIGNED = frozenset({"", "-", "?", "unavailable"})

# What differs from PC to PC and from version to version of the same program.
_OWN_FOLDER = re.compile(r"(?<=[\\/])(users|home)[\\/][^\\/]+")
_IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]+")
_KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Pattern:
    """`key` is a hash. `may_be_update`: an update of software, or of ours, can look like this."""

    key: str
    kind: PatternKind
    may_be_update: bool


def patterns_of(finding: Finding) -> tuple[Pattern, ...]:
    """The finding's patterns, the most telling first, its rule alone last."""
    fields = finding.evidence[-1].fields if finding.evidence else {}
    is_known_bad = finding.rule_id.startswith(_INTEL_RULE)
    # A wave of mailed malware: each company's protection calls the same file by its name.
    is_named = bool(finding.slots.get("threat"))
    is_chain = finding.case in RANSOMWARE_CHAIN
    may_be_update = not (is_known_bad or is_named or is_chain)
    rule = Pattern(rule_key(finding.rule_id), PatternKind.RULE, may_be_update)
    if is_known_bad:
        return (Pattern(_key("intel", finding.rule_id), PatternKind.INDICATOR, False),)
    if sender := finding.slots.get("sender", "").casefold():
        return Pattern(_key("sender", sender), PatternKind.SENDER, False), rule
    if program := _program(fields, finding.slots):
        key = _key("program", finding.rule_id, *program)
        return Pattern(key, PatternKind.PROGRAM, may_be_update), rule
    if stranger := _stranger(finding.slots):
        return Pattern(_key("stranger", stranger), PatternKind.INDICATOR, False), rule
    return (rule,)


def rule_key(rule_id: str) -> str:
    """The key of the pattern "this rule fired"."""
    return _key("rule", rule_id)


def _program(fields: Mapping[str, str], slots: Mapping[str, str]) -> tuple[str, ...]:
    """Who signed it, else its path and that of the program that started it."""
    signer = next((fields[name] for name in _SIGNER_FIELDS if fields.get(name)), "")
    program = _first(fields, _PROGRAM_FIELDS) or _first(slots, _PROGRAM_SLOTS)
    if not program:
        return ()
    if signer.casefold() not in _UNSIGNED:
        return "signer", signer.casefold()
    return "path", _general(program), _general(_first(fields, _PARENT_FIELDS))


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((values[name] for name in names if values.get(name)), "")


def _general(path: str) -> str:
    """The path without the person's folder, version numbers and ids."""
    return _IDS.sub("#", _OWN_FOLDER.sub(r"\1/*", path.casefold()))


def _stranger(slots: Mapping[str, str]) -> str:
    """The other side, when it is one outside: 192.168.1.1 of two companies are two machines."""
    for value in filter(None, (slots.get(name, "") for name in _STRANGER_SLOTS)):
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            return value.casefold() if "." in value else ""
        return str(address) if not _is_inside(address) else ""
    return ""


def _is_inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Python counts the documentation ranges (our rehearsal's outside) as private too."""
    if isinstance(address, ipaddress.IPv6Address):
        return not address.is_global
    return any(address in network for network in _INSIDE_V4)


_INSIDE_V4 = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
                 "169.254.0.0/16", "224.0.0.0/3", "0.0.0.0/8")
)  # fmt: skip


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[
        :_KEY_LENGTH
    ]
