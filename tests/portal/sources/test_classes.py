"""What a source is, as far as its silence goes."""

from __future__ import annotations

import pytest

from hinomi.business.watching import SourceClass
from hinomi.normalise import FORMATS, KINDS
from hinomi.portal.sources.classes import class_of, named_kinds


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("winlogbeat", SourceClass.PC),
        ("sysmon", SourceClass.PC),
        ("fortinet", SourceClass.NETWORK),
        ("linux", SourceClass.NETWORK),
        ("o365", SourceClass.CLOUD),
        ("sophos_central", SourceClass.CLOUD),
        ("mail", SourceClass.MAIL),
        ("learned:fmt_1", SourceClass.NETWORK),
    ],
)
def test_a_kind_tells_by_any_of_its_spellings(kind: str, expected: SourceClass) -> None:
    assert class_of(kind=kind, said="", expect_every_s=0) is expected


def test_a_person_knows_better() -> None:
    assert class_of(kind="windows", said="network", expect_every_s=0) is SourceClass.NETWORK
    assert class_of(kind="fortigate", said="pc", expect_every_s=900) is SourceClass.PC


def test_a_pc_with_a_promised_rhythm_is_a_server() -> None:
    assert class_of(kind="windows", said="", expect_every_s=900) is SourceClass.NETWORK


def test_no_kind_is_named_that_nobody_can_register() -> None:
    assert named_kinds() <= {*FORMATS, *KINDS}
