"""The kernel's audit is one for the whole machine: tests that set its rules take turns."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent.tower import Tower, standing

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def audit_alone() -> Iterator[None]:
    """Held while a test has rules in the kernel, over all workers of a run."""
    path = Path(tempfile.gettempdir()) / f"hinomi-tests-audit-{os.geteuid()}.lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def tower() -> Iterator[Tower]:
    with standing(Tower()) as found:
        yield found
