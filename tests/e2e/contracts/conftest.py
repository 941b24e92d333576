"""One standing tower with two companies and a mail server; tests add sources of their own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from hinomi.rehearse.mailbox import Mailbox
from tests.e2e.contracts.tower import Tower

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Street:
    """Two companies behind one address, and the mails that left the tower."""

    tower: Tower
    aoi: str
    fumi: str
    mailbox: Mailbox


@pytest.fixture(scope="package")
def street(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Street]:
    """Stands until the last test of this folder; HINOMI_TEST_DATABASE=postgres: there."""
    with Mailbox() as mailbox:
        environment = {"HINOMI_SMTP": f"smtp://127.0.0.1:{mailbox.smtp_port}"}
        if os.environ.get("HINOMI_TEST_DATABASE") == "postgres":
            environment["HINOMI_DATABASE"] = request.getfixturevalue("postgres").make("contracts")
        tower = Tower(tmp_path_factory.mktemp("contracts") / "data", environment)
        firm = str(tower.ask("firm", "add", "まちの見守りセンター")["id"])
        aoi = tower.organisation("葵精機", "--firm", firm)
        fumi = tower.organisation("文書店", "--firm", firm)
        tower.ask("user", "add", "aoi@seiki.example", "--organisation", aoi, "--role", "owner")
        tower.up()
        try:
            yield Street(tower, aoi, fumi, mailbox)
        finally:
            tower.down()


@pytest.fixture(scope="package")
def tower(street: Street) -> Tower:
    """The standing tower."""
    return street.tower
