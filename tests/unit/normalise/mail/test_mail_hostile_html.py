"""HTML made to keep a parser busy: the desk's mailbox and the consoles' read it in no time."""

from __future__ import annotations

import time

import pytest

from hinomi.normalise.mail.html import from_html

UNITS = {
    "marks": "<", "comments": "<!--", "declarations": "<!x", "instructions": "<?x",
    "sections": "<![CDATA[", "open tags": "<a ", "open quotes": "<a b='", "ends": "</a ",
    "values": "<a b=", "slashes": "<a/", "scripts": "<script>", "entities": "&", "cells": "<td>",
}  # fmt: skip


@pytest.mark.parametrize("tail", ["", ">"])
@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_html_that_never_closes_takes_no_time(unit: str, tail: str) -> None:
    """200 KB of `<!--` took minutes: each was looked for an end to the last letter."""
    begun = time.process_time()
    from_html("", unit * (200_000 // len(unit)) + tail)
    assert time.process_time() - begun < 5


def test_ten_megabytes_are_cut_and_said_so() -> None:
    begun = time.process_time()
    page = from_html("", "<p>画面が赤い</p>" * 700_000)
    assert page.lines[0] == "画面が赤い"
    assert not page.is_whole
    assert time.process_time() - begun < 60


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        ("前<!-- 隠す -->後", ["前後"]),
        ("前<!-->後", ["前後"]),
        ("前<!-- 閉じない 後", ["前"]),
        ("<!DOCTYPE html><p>本文</p>", ["本文"]),
        ("<![if mso]>本文<![endif]>", ["本文"]),
        ("<?xml version='1'?>本文", ["本文"]),
        ("3 < 5 で 7 > 5", ["3 < 5 で 7 > 5"]),
        ("本文<a href='x", ["本文<a href='x"]),
    ],
)
def test_what_a_person_sees_is_kept(page: str, seen: list[str]) -> None:
    lines = [" ".join(line.split()) for line in from_html("", page).lines]
    assert lines == seen
