"""Other people's data beside the checkout; a user's machine does not have it."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `data`, or a skip that says what is missing."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("HINOMI_SHARED") or beside) / "data"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}; set HINOMI_SHARED")
    return folder


@pytest.fixture(scope="session")
def sigmahq_folder(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of SigmaHQ's rules, unpacked once."""
    folder = tmp_path_factory.mktemp("sigma")
    with tarfile.open(shared / "sigma-rules.tar.gz") as archive:
        if hasattr(tarfile, "data_filter"):  # Debian 12's Python 3.11.2 has no filters yet
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)
    return folder
