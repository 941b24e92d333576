"""The worker's reader knows learned kinds as soon as the directory does, and never fails on one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hinomi.core.directory import Directory, LearnedFormat
from hinomi.core.errors import StoreDamaged
from hinomi.core.records import Event, RawRecord, SetAside
from hinomi.detect import RuleSet, load_rules
from hinomi.normalise import aliases_by_shape, read_sent
from hinomi.pipeline.learned import LearnedReader

GATE = """{"hinomi_format": 1, "name": "門", "is_confirmed": true,
 "layouts": [{"kind": "sentence", "id": "s", "template": "門 {src_ip:ip} から {threat:word} を遮断",
              "disposition": "stopped", "verdict": "malware"}]}"""
LINE = "門 192.0.2.7 から W32/Test.A を遮断"


@dataclass
class Published:
    """A directory's store in memory."""

    directory: Directory
    is_broken: bool = False

    def generation(self) -> int:
        """As the store's."""
        if self.is_broken:
            raise StoreDamaged("cannot be read")
        return self.directory.generation

    def load(self) -> Directory:
        """As the store's."""
        return self.directory


def published(*texts: str, generation: int = 1) -> Directory:
    learned = tuple(LearnedFormat(f"f{at}", "firm", "門", text) for at, text in enumerate(texts))
    return Directory(generation=generation, learned=learned)


def raw(line: str, kind: str = "learned:f0") -> RawRecord:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    return RawRecord("e", "org", "src", kind, "Asia/Tokyo", moment, line.encode())


def test_a_kind_published_a_moment_ago_is_read_without_a_restart() -> None:
    store = Published(Directory(generation=1))
    reader = LearnedReader(store, otherwise=read_sent)
    reader.know(store.load())
    store.directory = published(GATE, generation=2)
    found = reader(raw(LINE))
    assert isinstance(found, Event)
    assert (found.shape, found.fields["src_ip"]) == ("learned", "192.0.2.7")
    assert found.fields["verdict.disposition"] == "stopped"


def test_a_new_version_replaces_the_old_and_a_withdrawn_one_falls_back() -> None:
    reader = LearnedReader(Published(Directory()), otherwise=read_sent)
    reader.know(published(GATE))
    reader.know(published(GATE.replace("遮断", "通過"), generation=2))
    assert isinstance(reader(raw(LINE)), SetAside)
    reader.know(Directory(generation=3))
    fallen = reader(raw(LINE))
    assert isinstance(fallen, Event)
    assert fallen.shape == "generic"


def test_another_particular_device_behind_the_same_source_is_still_known() -> None:
    reader = LearnedReader(Published(Directory()), otherwise=read_sent)
    reader.know(published(GATE))
    line = (
        'date=2026-11-20 time=10:00:00 devid="FGT60F0000000001" type="traffic" logid="0000000013"'
    )
    found = reader(raw(line))
    assert isinstance(found, Event)
    assert found.shape == "fortigate"


def test_what_cannot_be_used_never_stops_the_worker() -> None:
    store = Published(published("{not json", GATE), is_broken=True)
    reader = LearnedReader(store, otherwise=read_sent)
    reader.know(store.directory)
    assert isinstance(reader(raw(LINE)), Event)  # as what it looks like
    assert isinstance(reader(raw(LINE, "learned:f1")), Event)
    assert isinstance(reader(raw(LINE, "learned:nobody")), Event)


def test_rules_for_verdicts_and_viruses_see_what_was_learned() -> None:
    reader = LearnedReader(Published(Directory()), otherwise=read_sent)
    reader.know(published(GATE))
    found = reader(raw(LINE))
    assert isinstance(found, Event)
    kept = replace(found, fields={**found.fields, "threat": "EICAR"})
    text = (
        "title: t\nid: 6f2c7f2e-8d51-4d0e-9a37-0f4f8d1f2b11\nlogsource: {category: firewall}\n"
        "detection: {s: {src_ip: 192.0.2.7}, condition: s}\nlevel: low\n"
    )
    assert _fires(text, found)
    assert _fires(text.replace("category: firewall", "product: verdict"), kept)


def _fires(text: str, event: Event) -> bool:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "r.yml").write_text(text)
        rules = RuleSet(load_rules([Path(folder)]).rules, aliases=aliases_by_shape())
    return bool(rules.match_all([event])[0])
