"""Families of records: the lines of all formats, told apart by their notation."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from benchmarks.fuzz.family import Family, Sample
from hinomi.core.errors import NotThisFormat
from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.core.state import MemoryState
from hinomi.normalise import AuditJoiner, find_serial, read_sent, view
from hinomi.normalise.learn import propose
from hinomi.normalise.learned import build, read_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.fuzz.family import Case
    from hinomi.collect.framing import Frame
    from hinomi.normalise.format import Format

GOLDENS = Path(__file__).resolve().parents[2] / "tests" / "goldens"
RECEIVED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
_SMALL = 4_096
_SUFFIXES = (".log", ".jsonl", ".txt")
_PAIR = re.compile(r"(?:^|[\s,;|])[\w.\-]+=")
# Devices whose lines a person would teach: sentences, pairs and columns.
_TAUGHT = ("yamaha", "buffalo", "synology", "qnap", "nec_ix", "allied_telesis", "fortigate",
           "sophos", "pfsense", "linux", "openvpn", "iis", "cisco_asa", "yamaha_utx")  # fmt: skip
_TAUGHT_JA = (
    "2026年11月20日 10時12分05秒 ウイルス EICAR-Test を C:\\一時 置場\\a.exe で駆除しました",
    "2026年11月20日 10時13分06秒 ウイルス Mirai を /tmp/b で駆除しました",
    "<134>Nov 20 10:12:05 gw1 送信元：192.0.2.7:1234、宛先：198.51.100.9、処理：遮断",
    "<134>Nov 20 10:12:06 gw1 送信元：192.0.2.8:1235、宛先：198.51.100.9、処理：検知",
)


@cache
def lines_of(form: str) -> tuple[bytes, ...]:
    """A format's own samples, line by line."""
    files = (path for path in (GOLDENS / "formats" / form).iterdir() if path.suffix in _SUFFIXES)
    return tuple(
        line
        for file in sorted(files)
        if not file.name.endswith(".expected.jsonl")
        for line in file.read_bytes().splitlines()
        if line
    )


@cache
def all_lines() -> tuple[Sample, ...]:
    """Every line of every format."""
    forms = sorted(path.name for path in (GOLDENS / "formats").iterdir())
    return tuple(Sample(form, line) for form in forms for line in lines_of(form))


def notation_of(line: bytes) -> str:
    """How a line is written, whoever wrote it."""
    text = line.decode("utf-8", "replace").lstrip("\ufeff")
    if "<Event" in text:
        return "xml"
    for mark, name in (("CEF:", "cef"), ("LEEF:", "leef")):
        if mark in text:
            return name
    if text[:1] in "{[" or re.search(r"\{\".*\}$", text):
        return "json"
    pairs = len(_PAIR.findall(text))
    if text.count(",") >= 6 and pairs < 3:
        return "csv"
    return "pairs" if pairs >= 4 else "text"


def record_of(case_form: str, raw: bytes) -> RawRecord:
    """The record a source of this kind would have sent."""
    return RawRecord("01FUZZ", "aoi", "s1", case_form, "Asia/Tokyo", RECEIVED, raw)


def read_line(case: Case) -> None:
    """As its own kind and as anybody's in turn; each eighth also in all views, which cost more."""
    find_serial(case.raw)
    kind = (case.form, "auto")[case.number % 2]
    _hold(read_sent(record_of(kind, case.raw)), in_views=case.number % 8 > 6)


def read_frames(frames: Iterable[Frame]) -> None:
    """What collect took in, read as the worker reads it; what was cut is only set aside."""
    for frame in frames:
        if frame.fault is None:
            _hold(_read(frame.raw), in_views=False)


def _read(raw: bytes) -> Event | SetAside:
    """What damage left whole was read before."""
    if len(raw) > _SMALL:
        return read_sent(record_of("auto", raw))
    return _read_small(raw)


@lru_cache(maxsize=2_000)
def _read_small(raw: bytes) -> Event | SetAside:
    return read_sent(record_of("auto", raw))


def _hold(result: Event | SetAside, *, in_views: bool) -> None:
    assert isinstance(result, Event | SetAside)
    if not isinstance(result, Event):
        return
    assert result.event_time.tzinfo is not None
    for name, value in result.fields.items():
        assert isinstance(name, str), name
        assert isinstance(value, str), name
        value.encode()  # half a surrogate would break every store behind
    if in_views:
        orjson.dumps([view(result, "native"), view(result, "ecs"), view(result, "ocsf")])


def _in(notation: str) -> Callable[[], Sequence[Sample]]:
    return lambda: [each for each in all_lines() if notation_of(each.raw) == notation]


def _starts() -> list[Sample]:
    """Whole program starts: alone, two mixed, and amid other records."""
    lines = lines_of("auditd")
    first = [line for line in lines if b":4512)" in line]
    second = [
        line.replace(b":4512)", b":9001)").replace(b"pid=2301", b"pid=2302") for line in first
    ]
    mixed = [line for pair in zip(first, second, strict=True) for line in pair]
    child = [line.replace(b"ppid=2210 pid=2302", b"ppid=2301 pid=2302") for line in second]
    groups = (first, mixed, [*first, *child], [*first[:2], *lines[5:12], *first[2:]], lines)
    return [Sample("auditd", b"\n".join(group)) for group in groups]


def _read_starts(case: Case) -> None:
    """The stream arrives in two batches, with a restart between them."""
    read = (_read(line) for line in case.raw.split(b"\n")[:60])
    events = [("s1", event) for event in read if isinstance(event, Event)]
    state, middle = MemoryState(), len(events) // 2
    for batch in (events[:middle], events[middle:]):
        for _, joined in AuditJoiner(state).join(batch):
            _hold(joined, in_views=case.number % 8 > 6)


@cache
def _taught() -> dict[str, Format]:
    """Formats as teaching proposes them from the samples."""
    found = {"ja": build(propose(_TAUGHT_JA, name="ja"), id="ja")}
    for form in _TAUGHT:
        lines = [line.decode("utf-8", "replace") for line in lines_of(form)]
        try:
            found[form] = build(propose(lines, name=form), id=form)
        except NotThisFormat:
            continue
    return found


def _taught_lines() -> list[Sample]:
    own = [Sample("ja", line.encode()) for line in _TAUGHT_JA]
    return own * 4 + [Sample(form, line) for form in _TAUGHT for line in lines_of(form)]


def _read_taught(case: Case) -> None:
    """By the format taught from such lines, or by another."""
    formats = _taught()
    form = formats.get(case.form) if case.number % 4 else None
    form = form or list(formats.values())[case.number // 4 % len(formats)]
    _hold(read_with(form, record_of("auto", case.raw)), in_views=case.number % 2 > 0)


def _lessons() -> list[Sample]:
    """A few lines each, as a person pastes them."""
    own = [Sample("ja", "\n".join(_TAUGHT_JA).encode())]
    for form in _TAUGHT:
        lines = lines_of(form)
        own += [Sample(form, b"\n".join(lines[at : at + 3])) for at in range(0, len(lines), 3)]
    return own


def _teach(case: Case) -> None:
    lines = case.raw.decode("utf-8", "replace").split("\n")
    try:
        found = build(propose(lines, name="x"), id="x")
    except NotThisFormat:
        return
    _hold(read_with(found, record_of("auto", case.raw.split(b"\n")[0])), in_views=False)


FAMILIES = (
    Family("json", "records in JSON, all formats", _in("json"), read_line),
    Family("pairs", "records of key=value, all formats", _in("pairs"), read_line),
    Family("cef", "CEF records, all formats", _in("cef"), read_line),
    Family("leef", "LEEF records, all formats", _in("leef"), read_line),
    Family("text", "syslog texts and access lines, all formats", _in("text"), read_line),
    Family("csv", "records of columns, all formats", _in("csv"), read_line),
    Family("xml", "Windows events in XML, on a line", _in("xml"), read_line),
    Family("audit", "joins of Linux audit records", _starts, _read_starts),
    Family("learned", "lines read by formats that people taught", _taught_lines, _read_taught),
    Family("teaching", "lines that a format is to be learnt from", _lessons, _teach, limit_s=0.2),
)
