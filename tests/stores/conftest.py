"""The contract of the adapters is one: where a module asks for `engine`, each test runs on all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.store.database import choose_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stores.server import Server


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Makes `tmp_path` a data folder whose stores are in this engine."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        choose_server(tmp_path, server.lend())
    return str(request.param)
