"""Rules as an installation keeps them: import into the data folder, and run their own examples.

The one place that joins normalise and detect for rules; it prints nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import Place, RuleRefused, UnreadableFile
from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.detect import Refusal, RuleSet, head_of, parse_documents, rule_files
from hinomi.normalise import aliases_by_shape, read_record
from hinomi.pipeline.packs.chosen import RuleChoice
from hinomi.pipeline.rule_sources import RuleFile, read_rule_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from hinomi.config import Config
    from hinomi.detect import Filter, Plain, Rule
    from hinomi.detect.correlate import Correlation

    Head = Rule | Filter | Correlation

_SAFE_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `replaced` are ids that were there before with other content."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    unchanged: tuple[str, ...]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One example of a rule. `expected` is "hit" or "miss"; `fault` is "" when it came true."""

    rule: Rule | Correlation
    expected: str
    number: int
    fault: str = ""


def default_rule_paths(config: Config) -> list[Path]:
    """Our own rules or the pack in their place, other packs, imported rules, HINOMI_RULES."""
    return [path for path in RuleChoice(config).choose().folders if path.exists()]


def import_rules(source: Path, *, into: Path) -> Imported:
    """Checks everything first, then writes; rules already there under the same id are replaced.

    A rule that is refused is not written. Raises UnreadableFile when the source cannot be read.
    """
    known = _present(into)
    added, replaced, unchanged, refused = [], [], [], []
    taken: dict[str, str] = {}
    for file in read_rule_files(source):
        rules, faults = _examine(file, known, taken)
        refused += faults
        for rule in rules:
            taken[rule.id] = file.path
            before_it = known.get(rule.id)
            if before_it is None:
                added.append(rule.id)
            elif before_it.digest == rule.digest:
                unchanged.append(rule.id)
            else:
                replaced.append(rule.id)
        if rules:
            _store(file, rules, known, into)
    if not taken and not refused:
        raise UnreadableFile(
            "holds no rule file",
            place=Place(str(source)),
            advice="Rules are .yml or .yaml files; archives inside archives are not opened.",
        )
    return Imported(tuple(added), tuple(replaced), tuple(unchanged), tuple(refused))


def run_examples(rules: Sequence[Rule], *, now: datetime) -> Iterator[Verdict]:
    """Each rule alone against its own examples; `now` is the receive time of raw lines."""
    for rule in rules:
        matcher = RuleSet([rule], aliases=aliases_by_shape())
        for expected, examples in (("hit", rule.handling.hits), ("miss", rule.handling.misses)):
            for number, example in enumerate(examples, 1):
                verdict = Verdict(rule, expected, number)
                try:
                    event = example_event(example, now=now)
                    fires = bool(matcher.match(event))
                    if fires != (expected == "hit"):
                        verdict = replace(verdict, fault="fires" if fires else "does not fire")
                except RuleRefused as error:
                    verdict = replace(verdict, fault=error.message)
                yield verdict


def example_event(example: Plain, *, now: datetime) -> Event:
    """The event an example means. Raises RuleRefused when it is no example or cannot be read."""
    if isinstance(example, str):
        return _read_line(example, "auto", now)
    if isinstance(example, Mapping) and isinstance(example.get("raw"), str):
        return _read_line(str(example["raw"]), str(example.get("kind", "auto")), now)
    fields = example.get("fields") if isinstance(example, Mapping) else None
    if not isinstance(example, Mapping) or not isinstance(fields, Mapping):
        raise RuleRefused("an example is a raw line, {raw, kind} or {shape, fields}")
    return Event(
        event_id="example",
        organisation="example",
        source="example",
        shape=str(example.get("shape", "")),
        device="",
        event_time=now,
        receive_time=now,
        fields={name: _as_text(value) for name, value in fields.items()},
        raw=b"",
    )


def _read_line(line: str, kind: str, now: datetime) -> Event:
    raw = RawRecord(
        event_id="example",
        organisation="example",
        source="example",
        kind=kind,
        timezone="Asia/Tokyo",
        receive_time=now,
        raw=line.encode(),
    )
    event = read_record(raw)
    if isinstance(event, SetAside):
        raise RuleRefused(f"the line cannot be read: {event.detail}")
    return event


def _as_text(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _present(folder: Path) -> dict[str, Head]:
    """What is there already, whether it is in use or not: a filter may wait for its rule."""
    present: dict[str, Head] = {}
    for path in rule_files([folder]) if folder.is_dir() else ():
        for one in parse_documents(path.read_bytes(), path=str(path)):
            if not isinstance(one, Refusal):
                present.setdefault(one.id, head_of(one))
    return present


def _examine(
    file: RuleFile, known: Mapping[str, Head], taken: Mapping[str, str]
) -> tuple[list[Head], list[Refusal]]:
    """The usable documents of one file. Nothing of it is taken that would tear another apart."""
    rules: list[Head] = []
    refused: list[Refusal] = []
    if file.fault:
        return [], [Refusal(file.path, 1, 1, file.fault)]
    for one in parse_documents(file.content, path=file.path):
        if isinstance(one, Refusal):
            refused.append(one)
            continue
        found = head_of(one)
        if found.id in taken or found.id in {rule.id for rule in rules}:
            first = taken.get(found.id, file.path)
            reason = f"the id {found.id} is already used by {first}"
            refused.append(Refusal(found.path, found.line, 1, reason))
        else:
            rules.append(found)
    ids = {rule.id for rule in rules}
    old = {known[one].path for one in ids if one in known}
    torn = [rule for rule in known.values() if rule.path in old and rule.id not in ids]
    if torn:
        reason = f"would replace {torn[0].path}, which also holds the rule {torn[0].id}"
        return [], [*refused, Refusal(file.path, 1, 1, reason)]
    return rules, refused


def _store(file: RuleFile, rules: Sequence[Head], known: Mapping[str, Head], into: Path) -> None:
    """One file per source file, named so that neither name nor id can lead out of the folder."""
    into.mkdir(parents=True, exist_ok=True)
    stem = _SAFE_NAME.sub("-", re.split(r"[\\/!]", file.path)[-1].split(".")[0])[:80]
    mark = hashlib.sha256(rules[0].id.encode()).hexdigest()[:12]
    target = into / f"{stem or 'rule'}.{mark}.yml"
    temporary = target.with_suffix(".tmp")
    temporary.write_bytes(file.content)
    temporary.replace(target)
    for rule in rules:
        old = known.get(rule.id)
        if old is not None and old.path != str(target):
            Path(old.path).unlink(missing_ok=True)
