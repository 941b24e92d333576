"""What every test of the portal stands on: its data folder, its database and the town."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import connections

from hinomi.config import REHEARSAL_MARK, Config
from hinomi.core.clock import SystemClock
from hinomi.portal.access.database import database
from hinomi.portal.access.keys import make
from hinomi.portal.access.sealing import seal
from hinomi.portal.accounts import post
from tests.portal.town import Town, build_town
from tests.portal.town_copy import Copier

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from tests.stores.server import Server


# How a test takes the audit trail's guards down; `seal` lays them again.
LIFTED = {
    vendor: [f"DROP TRIGGER IF EXISTS audit_never_{act}{on}" for act in acts]
    for vendor, on, acts in (
        ("sqlite", "", ("changed", "removed")),
        ("postgresql", " ON access_auditentry", ("changed", "removed", "emptied")),
    )
}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, django_db_modify_db_settings: None
) -> None:
    """HINOMI_TEST_DATABASE=postgres: the same tests on the other engine."""
    if os.environ.get("HINOMI_TEST_DATABASE") != "postgres":
        return
    server: Server = request.getfixturevalue("postgres")
    config = Config(data=Path("unused"), clock=SystemClock(), database=server.url("postgres"))
    del connections["default"]
    connections.settings["default"] = {**connections.settings["default"], **database(config)}


@pytest.fixture(scope="session", autouse=True)
def _emptying_between_tests_may_pass_the_guards(django_db_modify_db_settings: None) -> None:
    """The database refuses to empty the audit trail. Only the cleaning after a test that really
    commits may: it takes the guards down and lays them again."""
    operations = type(connections["default"].ops)
    as_before = operations.execute_sql_flush

    def flush(self: Any, sql_list: list[str]) -> None:
        with self.connection.cursor() as cursor:
            for statement in LIFTED[self.connection.vendor]:
                cursor.execute(statement)
        as_before(self, sql_list)
        seal(self.connection)

    operations.execute_sql_flush = flush  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: SettingsWrapper) -> Path:
    """A data folder with keys, of its own for each test."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("django", "sources", "second-factor"):
        make(folder, name=name)
    settings.HINOMI = Config(data=folder, clock=SystemClock())
    cache.clear()  # allauth counts sign-ins there
    return folder


@pytest.fixture(autouse=True)
def _mails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread beside the test: what is sent is in the outbox when the answer is."""
    monkeypatch.setattr("hinomi.portal.accounts.adapter.send_soon", post.send)


@pytest.fixture
def rehearsal(town: Town, data: Path) -> None:
    """Make the data folder a rehearsal folder; after the town, whose files are copied on."""
    (data / REHEARSAL_MARK).touch()


@pytest.fixture(scope="session")
def _copier(tmp_path_factory: pytest.TempPathFactory) -> Copier:
    return Copier(tmp_path_factory.mktemp("town") / "copy")


@pytest.fixture
def town(db: None, data: Path, _copier: Copier, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Three companies, three firms, everybody in their place."""
    _give_ports(20_000, monkeypatch)
    town = _copier.town(build_town, data=data)
    _give_ports(20_500, monkeypatch)  # not those of a copied town
    return town


def _give_ports(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on sources get made-up ports: tests of screens bind no real one."""
    ports = iter(range(first, first + 500))
    monkeypatch.setattr("hinomi.portal.sources.services.free_port", lambda: next(ports))


@pytest.fixture(autouse=True)
def _no_request_log(caplog: pytest.LogCaptureFixture) -> None:
    """Refusals are what these tests ask for; the log would only bury the failure."""
    caplog.set_level("ERROR", logger="django.request")
