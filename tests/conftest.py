"""What a machine may lack: other people's data beside the checkout, and a PostgreSQL."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.stores.server import NoServer, Server, programs, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xdist.remote import Producer

# How long one example takes says more of the machine's other work than of the code.
settings.register_profile("hinomi", deadline=None)
settings.load_profile("hinomi")


# Each starts whole towers, and shares one among its tests: one worker does all of a folder.
_TOGETHER = (
    "tests/crash/",
    "tests/e2e/attacks/",
    "tests/e2e/contracts/",
    "tests/e2e/portal_contracts/",
    "tests/e2e/twelve/",
    "tests/e2e/",
)


class _ByFolder(LoadScopeScheduling):
    """pytest-xdist's marker for groups has no effect with pytest 9; these groups are folders."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in _TOGETHER if nodeid.startswith(folder)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Chosen here, so that `-n 2` is all a person types."""
    return _ByFolder(config, log)


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for all tests of this process, or a skip with the reason."""
    try:
        programs()
    except NoServer as error:
        pytest.skip(str(error))
    with running() as server:
        yield server
