"""Windows events as syslog carry EventData's names, so that Windows rules read them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import NotThisFormat
from hinomi.normalise.format import Line
from hinomi.normalise.formats.windows import FORMAT
from hinomi.normalise.header import read_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.records import Event

SAMPLE = Path(__file__).resolve().parents[2] / "goldens" / "formats" / "windows" / "syslog.log"
LINES = SAMPLE.read_text(encoding="utf-8").splitlines()
WANTED = ("Channel", "EventID", "TargetUserName", "TargetDomainName", "LogonType", "IpAddress")


@pytest.mark.parametrize("line", [LINES[0], LINES[2]], ids=["snare", "nxlog"])
def test_both_spellings_of_a_refused_sign_in_say_the_same(
    event: Callable[..., Event], line: str
) -> None:
    fields = event(line).fields
    expected = ("Security", "4625", "tanaka", "EXAMPLE", "3", "203.0.113.44")
    assert tuple(fields[name] for name in WANTED) == expected


def test_japanese_windows_is_read_by_its_own_labels(event: Callable[..., Event]) -> None:
    fields = event(LINES[3]).fields
    assert fields["NewProcessName"] == r"C:\Windows\System32\cmd.exe"
    assert fields["CommandLine"] == "cmd.exe  /c whoami"
    assert fields["SubjectUserName"] == "sato"


def test_a_cut_line_is_no_windows_event() -> None:
    text = LINES[0][:60]
    with pytest.raises(NotThisFormat):
        FORMAT.parse(Line(text, "utf-8", read_header(text)))
