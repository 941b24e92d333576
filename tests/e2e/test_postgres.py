"""A whole tower whose stores are in PostgreSQL: the walk, a kill of everything, the walk again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from hinomi.rehearse.mailbox import Mailbox
from tests.e2e.contracts.test_attacks import forti
from tests.e2e.contracts.tower import PATIENCE_S, Tower

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stores.server import Server

pytestmark = [pytest.mark.journey, pytest.mark.sockets]
BOTNET = (
    'logid="0419016384" type="utm" subtype="ips" level="alert" severity="critical"'
    ' srcip=10.20.{}.9 dstip=203.0.113.77 action="detected" attack="Cobalt.Strike.Beacon"'
)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as caught:
        yield caught


@pytest.fixture
def tower(postgres: Server, mailbox: Mailbox, tmp_path: Path) -> Iterator[Tower]:
    environment = {"HINOMI_DATABASE": postgres.make("tower"), "HINOMI_SMTP": mailbox.smtp_url}
    tower = Tower(tmp_path / "data", environment)
    yield tower
    if tower.endpoints:
        tower.kill()


def test_the_whole_walk_on_postgres_survives_a_kill(tower: Tower, mailbox: Mailbox) -> None:
    company = tower.organisation("青葉工務店")
    tower.ask("user", "add", "aoi@aoba.example", "--organisation", company, "--role", "owner")
    tower.up()
    source = tower.source(company, "fortigate")
    assert tower.post(forti(BOTNET.format(1)) + b"\0", source.token).status == 200
    assert len(tower.incidents(company)) == 1

    tower.kill()
    tower.environment.pop("HINOMI_DATABASE")  # the folder itself says where its stores are
    tower.up()
    assert tower.post(forti(BOTNET.format(2)), source.token).status == 200
    two = tower.incidents(company, until=lambda rows: len(rows) == 2)
    assert len({row["id"] for row in two}) == 2
    assert len(tower.events(company, at_least=2)) == 2
    left = [path.name for path in tower.data.rglob("*.sqlite")]
    assert not {"pipeline.sqlite", "portal.sqlite", "directory.sqlite"} & set(left), "twice"
    assert not (tower.data / "log").exists()
    deadline = time.monotonic() + PATIENCE_S
    while len(mailbox.mails) < 2:
        assert time.monotonic() < deadline, tower.errors()
        time.sleep(0.1)

    refused = tower.command("backup", "--to", str(tower.data.parent / "kept"))
    assert refused.returncode == 1
    assert "pg_dump" in refused.stderr
