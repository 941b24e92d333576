"""What a consent says is collected comes from the formats themselves, and hides nothing."""

from __future__ import annotations

import re

import pytest

from hinomi.normalise import FORMATS
from hinomi.normalise.collected import collected_of, group_of
from hinomi.normalise.registry import format_named

# Names under which products carry the text of a mail or what is inside a file.
_CONTENT = re.compile(
    r"(?:^|[._])(?:mail_?body|body_?(?:text|html)?|body_preview|bodypreview|"
    r"file_?(?:content|data|body)|contents?_?(?:base64|text)|packet_?(?:data|payload)|payload)$",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_field_a_format_reads_stands_in_exactly_one_group(name: str) -> None:
    form = format_named(name)
    told = [field for group in collected_of(name).groups for field in group.fields]
    read = {*form.declared, *(native for natives in form.ecs.values() for native in natives)}
    assert read <= set(told) <= read | {*form.user, *form.device}
    assert len(told) == len(set(told))


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_name_of_a_format_has_a_group_in_plain_words(name: str) -> None:
    nameless = [ecs for ecs in format_named(name).ecs if group_of(ecs) is None]
    assert nameless == []


@pytest.mark.parametrize("name", list(FORMATS))
def test_no_format_reads_the_text_of_mails_or_what_is_in_files(name: str) -> None:
    form = format_named(name)
    names = {*form.declared, *(native for natives in form.ecs.values() for native in natives)}
    assert [field for field in sorted(names) if _CONTENT.search(field)] == []
    assert not [ecs for ecs in form.ecs if ecs in ("email.body", "http.request.body.content")]


def test_the_guard_above_would_notice() -> None:
    for bad in ("mail.body", "BodyPreview", "file_content", "event.payload"):
        assert _CONTENT.search(bad)


def test_a_server_that_sends_other_programs_lines_says_so() -> None:
    """The agent brings sign-in logs as they stand: they are read as Linux's own."""
    told = collected_of("agent").groups[-1].title_ja
    assert format_named("linux").title_ja in told
    assert format_named("windows").title_ja in told
    assert format_named("suricata").title_ja in collected_of("linux").groups[-1].title_ja
    assert "次の記録" not in collected_of("fortigate").groups[-1].title_ja


def test_a_kind_that_finds_out_itself_says_that_all_is_collected() -> None:
    assert collected_of("auto").groups[0].title_ja == "機器が記録に書いた項目のすべて"
