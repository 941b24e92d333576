"""Django's description of the portal's own store: SQLite in the data folder, or PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from hinomi.config import Config


def database(config: Config) -> dict[str, object]:
    """One entry of DATABASES."""
    return _postgres(config.database) if config.database else _sqlite(config)


def _sqlite(config: Config) -> dict[str, object]:
    return {
        "ENGINE": "hinomi.portal.access.sqlite",
        "NAME": config.data / "portal.sqlite",
        "OPTIONS": {
            # IMMEDIATE: a transaction that reads and then writes would otherwise fail at once
            # with "database is locked" instead of waiting its turn.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
            ),
        },
        "TEST": {"NAME": ":memory:"},  # Django's own backend needs no telling
    }


def _postgres(url: str) -> dict[str, object]:
    """The portal has the schema `public`; the data path's stores have schemas of their own."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "hinomi.portal.access.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": options.pop("port", "") or str(parts.port or ""),
        "OPTIONS": {**options, "options": "-c synchronous_commit=on"},
        "CONN_MAX_AGE": None,  # the bell and the web's threads live long
        "CONN_HEALTH_CHECKS": True,
    }
