"""The file of indicators: exact, named by its content, refused when it is torn."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.errors import StoreDamaged
from hinomi.detect.intel import Indicator, Kind, PackedSet, Tlp, merge, write_packed

MOMENT = st.none() | st.integers(0, 4_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INDICATORS = st.builds(
    Indicator,
    kind=st.sampled_from([kind for kind in Kind if kind is not Kind.CIDR]),
    value=WORDS,
    sources=st.lists(WORDS, max_size=3).map(tuple),
    confidence=st.integers(0, 100),
    tlp=st.sampled_from(list(Tlp)),
    valid_from=MOMENT,
    valid_until=MOMENT,
    name=WORDS,
    labels=st.lists(WORDS, max_size=3).map(tuple),
    description=WORDS,
)


def packed(indicators: list[Indicator], folder: Path) -> PackedSet:
    unique = {one.key: one for one in indicators}
    return PackedSet(write_packed([unique[key] for key in sorted(unique)], folder=folder))


@given(st.lists(INDICATORS, max_size=20), st.lists(WORDS, max_size=5))
def test_the_file_answers_as_a_dictionary_would(
    indicators: list[Indicator], others: list[str]
) -> None:
    naive = {one.key: one for one in indicators}
    with TemporaryDirectory() as folder:
        found = packed(indicators, Path(folder))
        assert len(found) == len(naive)
        assert {one.key: one for one in found} == naive
        for value in [*others, *(one.value for one in indicators)]:
            for kind in Kind:
                assert found.find(kind, value) == naive.get((kind, value))


def test_the_name_is_the_hash_of_the_content(tmp_path: Path) -> None:
    first = write_packed([Indicator(Kind.IP, "198.51.100.7")], folder=tmp_path)
    again = write_packed([Indicator(Kind.IP, "198.51.100.7")], folder=tmp_path)
    other = write_packed([Indicator(Kind.IP, "198.51.100.8")], folder=tmp_path)
    assert first == again != other
    assert first.name == hashlib.sha256(first.read_bytes()).hexdigest() + ".indicators"
    assert sorted(tmp_path.iterdir()) == sorted([first, other]), "nothing half is left behind"


def test_disorder_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    one = Indicator(Kind.IP, "198.51.100.7")
    with pytest.raises(ValueError, match="ascending"):
        write_packed([one, one], folder=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("cut", [0, 3, 15, 40, -1])
def test_a_torn_file_is_refused_by_name(tmp_path: Path, cut: int) -> None:
    path = write_packed([Indicator(Kind.IP, "198.51.100.7")], folder=tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(StoreDamaged, match="whole file"):
        PackedSet(path)


def test_a_strange_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"hinomi\x00\x01" + (8).to_bytes(8, "little") + b"[1,2,3]" + b" " * 50)
    with pytest.raises(StoreDamaged):
        PackedSet(path)


@given(INDICATORS, INDICATORS)
def test_merging_does_not_depend_on_the_order(first: Indicator, second: Indicator) -> None:
    second = Indicator(
        first.kind, first.value, second.sources, second.confidence, second.tlp,
        second.valid_from, second.valid_until, second.name, second.labels, second.description,
    )  # fmt: skip
    both = merge(first, second)
    assert both == merge(second, first)
    assert both.confidence == max(first.confidence, second.confidence)
    assert both.tlp.rank == max(first.tlp.rank, second.tlp.rank)
    assert {*first.sources, *second.sources} == set(both.sources)
