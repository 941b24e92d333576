"""Django's settings follow the configuration, need no data folder, and match the migrations."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

import hinomi.portal
from hinomi.portal.access.permissions import ROLE_PERMISSIONS, Permission

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper


def loaded(monkeypatch: pytest.MonkeyPatch, folder: Path, **variables: str) -> dict[str, Any]:
    """The settings as a fresh process would see them."""
    monkeypatch.setenv("HINOMI_DATA", str(folder))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(Path(hinomi.portal.__file__).parent / "settings.py"))


def test_loading_the_settings_touches_no_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = loaded(monkeypatch, tmp_path / "nothing-here")
    assert len(found["SECRET_KEY"]) == 64
    assert not (tmp_path / "nothing-here").exists()


def test_an_https_address_hardens_the_cookies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = loaded(monkeypatch, tmp_path, HINOMI_PUBLIC_URL="https://mimamori.example")
    assert found["SESSION_COOKIE_SECURE"]
    assert found["CSRF_COOKIE_SECURE"]
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert "mimamori.example" in found["ALLOWED_HOSTS"]


def test_loopback_without_tls_works_in_a_browser(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = loaded(monkeypatch, tmp_path)
    assert not found["SESSION_COOKIE_SECURE"]
    assert "*" not in found["ALLOWED_HOSTS"]
    assert not found["DEBUG"]


def test_the_database_keeps_what_it_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    database = loaded(monkeypatch, tmp_path)["DATABASES"]["default"]
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]


def test_django_runs_on_the_safe_sqlite() -> None:
    from django.db.backends.sqlite3.base import Database

    assert Database.sqlite_version_info >= (3, 51, 3)


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say(settings: SettingsWrapper) -> None:
    settings.MIGRATION_MODULES = {}  # --no-migrations hides them
    assert MigrationLoader(None).graph.leaf_nodes()
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_permission_and_role_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "access.md"
    text = page.read_text("utf-8")
    missing = [word for word in (*Permission, *ROLE_PERMISSIONS) if f"`{word}`" not in text]
    assert missing == []


def test_a_stranger_s_host_name_fills_no_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loggers = loaded(monkeypatch, tmp_path)["LOGGING"]["loggers"]
    assert loggers["django.security.DisallowedHost"]["level"] == "CRITICAL"
