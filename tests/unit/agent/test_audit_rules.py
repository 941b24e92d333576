"""The bytes by which the kernel is asked to record."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from hinomi.agent import audit_rules


def _words(packed: bytes, at: int, count: int) -> tuple[int, ...]:
    return struct.unpack_from(f"={count}I", packed, at)


def test_a_rule_for_programs_names_its_calls_its_success_and_our_key() -> None:
    packed = audit_rules.programs("c000003e").packed()
    assert _words(packed, 0, 3) == (4, 2, 3)
    mask = _words(packed, 12, 64)
    assert {32 * n + bit for n in range(64) for bit in range(32) if mask[n] >> bit & 1} == {59, 322}
    assert _words(packed, 12 + 256, 3) == (11, 104, 210)
    assert _words(packed, 12 + 512, 3) == (0xC000003E, 1, len(audit_rules.EXEC_KEY))
    assert packed.endswith(audit_rules.EXEC_KEY.encode())


def test_our_own_rules_are_found_again_by_their_key() -> None:
    rules = [
        audit_rules.programs("c000003e"),
        audit_rules.connections("c000003e", 2),
        audit_rules.connections_by_length("c000003e", 10),
        audit_rules.changes_below("/var/www"),
    ]
    assert {audit_rules.key_of(each.packed()) for each in rules} == audit_rules.KEYS


def test_somebody_elses_rule_for_programs_is_known_as_one() -> None:
    assert audit_rules.records_programs(audit_rules.programs("c000003e").packed(), "c000003e")
    assert not audit_rules.records_programs(
        audit_rules.connections("c000003e", 2).packed(), "c000003e"
    )
    assert not audit_rules.records_programs(audit_rules.changes_below("/etc").packed(), "c000003e")


@given(st.binary(max_size=1_400))
def test_no_list_of_rules_ends_the_reader(packed: bytes) -> None:
    audit_rules.key_of(packed)
    audit_rules.records_programs(packed, "c000003e")
