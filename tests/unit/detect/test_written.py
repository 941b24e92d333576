"""Conditions come back from disk as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings

from hinomi.detect.written import read_node, write_node
from tests.unit.detect import strategies

if TYPE_CHECKING:
    from hinomi.detect import Loaded, Rule


@settings(max_examples=100, deadline=None)
@given(rules=strategies.rules())
def test_a_condition_survives_being_written(rules: list[Rule]) -> None:
    for rule in rules:
        body = msgspec.msgpack.encode(write_node(rule.condition))
        assert read_node(msgspec.msgpack.decode(body)) == rule.condition


def test_all_of_sigmahq_survives_being_written(sigmahq: Loaded) -> None:
    for rule in sigmahq.rules:
        body = msgspec.msgpack.encode(write_node(rule.condition))
        assert read_node(msgspec.msgpack.decode(body)) == rule.condition


def test_a_word_from_another_version_is_an_error_not_a_guess() -> None:
    with pytest.raises(KeyError):
        read_node(["perhaps", []])
