"""The promise of the README: one command from nothing to an incident in plain Japanese."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from hinomi.rehearse.over_time import OVER_TIME
from hinomi.rehearse.storms import STORMS

pytestmark = [pytest.mark.journey, pytest.mark.sockets]


def test_the_demo_reaches_the_owners_page_and_mailbox_without_a_person() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hinomi.cli.main", "demo", "--check"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seconds = re.search(r"([0-9.]+) s from attack to page and mail", done.stdout)
    assert seconds, done.stdout
    assert float(seconds[1]) < 60
    for scene in (*OVER_TIME, *STORMS):
        assert scene.key in done.stdout
