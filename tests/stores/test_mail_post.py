"""Collect without the mail libraries: everything but mail goes on, and it says why."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from hinomi.collect.counts import Counts
from hinomi.core.clock import SystemClock
from hinomi.core.directory import Directory, Mailbox
from hinomi.core.errors import StartRefused
from hinomi.pipeline.mail.post import Post, PostSettings, missing_libraries

if TYPE_CHECKING:
    from hinomi.collect.commit import Committer


@pytest.fixture
def without_dkim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "dkim" else name)


def post(settings: PostSettings) -> Post:
    return Post(settings, Path("nowhere"), SystemClock(), cast("Committer", None), Counts())


@pytest.mark.usefixtures("without_dkim")
def test_a_mailbox_without_the_libraries_stops_nothing_and_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    directory = Directory(mailboxes=(Mailbox("box", "firm", "監視用", "imap", "soc@example.jp"),))
    with caplog.at_level(logging.ERROR):
        asyncio.run(post(PostSettings()).know(directory))
    assert "dkim missing" in caplog.text


@pytest.mark.usefixtures("without_dkim")
def test_a_mail_port_without_the_libraries_is_refused_with_what_to_do() -> None:
    with pytest.raises(StartRefused, match="hinomi\\[mail\\]"):
        asyncio.run(post(PostSettings(smtp_port=0)).start())


def test_the_libraries_are_here() -> None:
    """A test run that skipped the mailbox for want of them would prove nothing."""
    assert missing_libraries() == []
