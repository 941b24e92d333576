"""One provisioned folder, one load and one run of it that nobody disturbed, for all tests here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.rehearse.mailbox import Mailbox
from tests.crash import tower as crash

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A provisioned folder that every run copies."""
    home = tmp_path_factory.mktemp("crash") / "template"
    return home, crash.provision(home)


@pytest.fixture(scope="session")
def batches(town: tuple[Path, dict[str, str]]) -> list[crash.Batch]:
    return crash.load(town[1], base=crash.now())


@pytest.fixture(scope="session")
def undisturbed(
    town: tuple[Path, dict[str, str]],
    batches: list[crash.Batch],
    tmp_path_factory: pytest.TempPathFactory,
) -> crash.State:
    """The run nobody killed; all others must equal it."""
    home = tmp_path_factory.mktemp("undisturbed") / "home"
    crash.copy_home(town[0], home)
    with Mailbox() as mailbox:
        standing = crash.Tower(home=home, tokens=town[1], mailbox=mailbox)
        try:
            crash.run_load(standing, batches)
            return standing.state()
        finally:
            standing.stop()
