"""What we took from elsewhere is what it says it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]


def test_vendored_files_and_the_excerpt_of_tokens_are_unchanged() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/vendor.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
