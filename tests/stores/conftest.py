"""The contract of the adapters is one: where a module asks for `engine`, each test runs on all."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import pytest
from tests.stores.server import NoServer, Server, programs, running

from hinomi.store.database import choose_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for all tests of this process, or a skip with the reason."""
    try:
        programs()
    except NoServer as error:
        pytest.skip(str(error))
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Makes `tmp_path` a data folder whose stores are in this engine."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        choose_server(tmp_path, server.make(f"t{os.getpid()}{uuid.uuid4().hex[:12]}"))
    return str(request.param)
