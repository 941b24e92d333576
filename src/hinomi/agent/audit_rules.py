"""What the kernel is asked to record, as the bytes of its own structure (audit_rule_data).

Pure. Programs that start and connections by call, files by folder; each rule carries our key, so
that we find our own again and never touch another's.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from hinomi.agent.sysmon import CALLS, CONNECT, EXEC, FILE_KEY

EXEC_KEY, NET_KEY = "hinomi-exec", "hinomi-net"
KEYS = frozenset({EXEC_KEY, NET_KEY, FILE_KEY})
_HEAD = struct.Struct("=III")
_WORDS = 64
_ARRAY = struct.Struct(f"={_WORDS}I")
_SIZE = _HEAD.size + 4 * _ARRAY.size + 4
_AT_EXIT, _ALWAYS = 4, 2
_ARCH, _SUCCESS, _PERM, _DIR, _FAMILY, _LENGTH, _KEY = 11, 104, 106, 107, 113, 202, 210
_STRINGS = frozenset({13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 105, 107, 112, 210})
_EQUAL = 0x40000000
_WRITE_OR_ATTRIBUTES = 2 | 8
_LENGTHS = {2: 16, 10: 28}  # of an address, by family; kernels before 5.6 cannot ask the family


@dataclass(frozen=True, slots=True)
class Rule:
    """`calls` empty: every call. `fields`: (field, number or text)."""

    calls: tuple[int, ...]
    fields: tuple[tuple[int, int | str], ...]

    def packed(self) -> bytes:
        """The kernel's structure: head, mask of calls, fields, values, comparisons, texts."""
        texts = [each.encode() for _, each in self.fields if isinstance(each, str)]
        values = [len(v.encode()) if isinstance(v, str) else v for _, v in self.fields]
        numbers = [number for number, _ in self.fields]
        buffer = b"".join(texts)
        return b"".join(
            (
                _HEAD.pack(_AT_EXIT, _ALWAYS, len(self.fields)),
                _ARRAY.pack(*_mask(self.calls)),
                _filled(numbers),
                _filled(values),
                _filled([_EQUAL] * len(numbers)),
                struct.pack("=I", len(buffer)),
                buffer,
            )
        )


def programs(architecture: str) -> Rule:
    """Every program that starts; not each try, for a shell looks in every folder of its path."""
    fields = ((_ARCH, int(architecture, 16)), (_SUCCESS, 1), (_KEY, EXEC_KEY))
    return Rule(_calls(architecture, EXEC), fields)


def connections(architecture: str, family: int) -> Rule:
    """Every connection of one address family."""
    fields = ((_ARCH, int(architecture, 16)), (_FAMILY, family), (_KEY, NET_KEY))
    return Rule(_calls(architecture, CONNECT), fields)


def connections_by_length(architecture: str, family: int) -> Rule:
    """The same for kernels that cannot ask the family."""
    fields = ((_ARCH, int(architecture, 16)), (_LENGTH, _LENGTHS[family]), (_KEY, NET_KEY))
    return Rule(_calls(architecture, CONNECT), fields)


def changes_below(folder: str) -> Rule:
    """Everything written, made, renamed or deleted below a folder."""
    return Rule((), ((_DIR, folder), (_PERM, _WRITE_OR_ATTRIBUTES), (_KEY, FILE_KEY)))


def key_of(packed: bytes) -> str | None:
    """The key of a rule the kernel listed; None when these bytes are no rule."""
    if len(packed) < _SIZE:
        return None
    count = _HEAD.unpack_from(packed)[2]
    if count > _WORDS:
        return None
    numbers = _ARRAY.unpack_from(packed, _HEAD.size + _ARRAY.size)
    values = _ARRAY.unpack_from(packed, _HEAD.size + 2 * _ARRAY.size)
    at = _SIZE
    for number, value in zip(numbers[:count], values[:count], strict=True):
        if number == _KEY:
            return packed[at : at + value].decode("utf-8", "replace")
        at += value if number in _STRINGS else 0
    return ""


def records_programs(packed: bytes, architecture: str) -> bool:
    """Whether a rule that somebody else loaded makes the kernel tell of started programs."""
    if len(packed) < _SIZE:
        return False
    where, action, _ = _HEAD.unpack_from(packed)
    mask = _ARRAY.unpack_from(packed, _HEAD.size)
    calls = _calls(architecture, EXEC)
    has_call = any(mask[call // 32] >> (call % 32) & 1 for call in calls)
    return where & 7 == _AT_EXIT and action == _ALWAYS and has_call and not _is_folder(packed)


def _is_folder(packed: bytes) -> bool:
    count = min(_HEAD.unpack_from(packed)[2], _WORDS)
    numbers = _ARRAY.unpack_from(packed, _HEAD.size + _ARRAY.size)[:count]
    return _DIR in numbers or _PERM in numbers


def _calls(architecture: str, what: str) -> tuple[int, ...]:
    return tuple(int(number) for number, does in CALLS[architecture].items() if does == what)


def _mask(calls: tuple[int, ...]) -> list[int]:
    if not calls:
        return [0xFFFFFFFF] * _WORDS
    mask = [0] * _WORDS
    for call in calls:
        mask[call // 32] |= 1 << (call % 32)
    return mask


def _filled(numbers: list[int]) -> bytes:
    return _ARRAY.pack(*numbers, *[0] * (_WORDS - len(numbers)))
