"""Provisioning words go to the portal's own process untouched; its exit code comes back."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hinomi.cli import main


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["source", "add", "--organisation", "org_1", "--kind", "linux", "--format", "json"], 0),
        (["firm", "--data", "d", "add", "名前"], 1),
        (["texts", "check", "-"], 1),
        (["user", "--help"], 0),
        (["migrate"], 2),
    ],
)
def test_words_and_exit_code_pass_through(
    monkeypatch: pytest.MonkeyPatch, words: list[str], code: int
) -> None:
    started: list[list[str]] = []

    def call(command: list[str]) -> int:
        started.append(command)
        return code

    monkeypatch.setattr(subprocess, "call", call)
    assert main.main(words) == code
    assert started == [[sys.executable, "-m", "hinomi.portal.manage", *words]]
