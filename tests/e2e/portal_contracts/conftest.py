"""One street for the whole suite; every test brings its own computer or company."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.rehearse.mailbox import Mailbox
from tests.e2e.portal_contracts.street import move_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.portal_contracts.street import Street


@pytest.fixture(scope="package")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Two firms and three companies on a running tower; it must stop cleanly at the end."""
    with Mailbox() as mailbox:
        running = move_in(tmp_path_factory.mktemp("street") / "data", mailbox)
        try:
            yield running
        finally:
            assert running.tower.down() == 0, running.tower.errors()


@pytest.fixture(scope="package")
def numbers(street: Street) -> dict[str, str]:
    """One incident per company, each on a computer whose name nobody else may read."""
    for key in street.companies:
        street.botnet(key, device=f"{key.upper()}-HIMITSU")
    return {key: street.number_of(key, device=f"{key.upper()}-HIMITSU") for key in street.companies}
