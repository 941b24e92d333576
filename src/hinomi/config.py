"""Environment → one frozen `Config`. Nothing else in hinomi reads the environment."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import hinomi
from hinomi.core.clock import Clock, MovedClock, SystemClock
from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

DATABASE_FILE = "database.url"  # names the PostgreSQL that holds a data folder's stores
REHEARSAL_MARK = "rehearsal"  # a file of this name makes a data folder a rehearsal folder


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail goes out. `use_tls` for smtps://; user and password may be empty."""

    host: str
    port: int
    use_tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)  # no slots: they would hide the defaults that `load_config` reads from here
class Config:
    """All settings. Paths are absolute; `service_name` is the provider's name for its service."""

    data: Path
    clock: Clock
    service_name: str = "まちの見守り"
    provider_phone: str = ""
    mail_from: str = "hinomi@localhost"
    reply_to: str = ""
    smtp: SmtpServer | None = None
    public_url: str = ""
    behind_proxy: str = ""
    first_source_port: int = 20_000
    extra_rules: Path | None = None
    cache: Path | None = None  # where read rules are kept for the next start; None: nowhere
    database: str = field(default="", repr=False)  # URL of PostgreSQL; "" for SQLite
    deadman_url: str = field(default="", repr=False)  # pinged while every due step ran
    polls_through: str = ""  # in rehearsals: where the makers' APIs are played

    @property
    def own_rules(self) -> Path:
        """The folder of hinomi's own rules: the checkout's, else the installed copy."""
        checkout = Path(hinomi.__file__).resolve().parents[2] / "rules"
        return checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "hinomi" / "rules"

    @property
    def imported_rules(self) -> Path:
        """Where `hinomi rules import` puts rules of this installation."""
        return self.data / "rules"

    @property
    def is_rehearsal(self) -> bool:
        """True when the data folder was made for rehearsals and tests."""
        return (self.data / REHEARSAL_MARK).exists()


def load_config(
    *, data: str | Path | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """Read the environment once. Raises UsageError that names the variable and what it takes."""
    env = os.environ if environ is None else environ
    folder = Path(data or _text(env, "HINOMI_DATA") or "data").expanduser().absolute()
    rules = _text(env, "HINOMI_RULES")
    return Config(
        data=folder,
        clock=_clock(env, folder=folder),
        service_name=_text(env, "HINOMI_SERVICE_NAME") or Config.service_name,
        provider_phone=_text(env, "HINOMI_PHONE"),
        mail_from=_text(env, "HINOMI_MAIL_FROM") or Config.mail_from,
        reply_to=_text(env, "HINOMI_REPLY_TO"),
        smtp=_smtp(env),
        public_url=_text(env, "HINOMI_PUBLIC_URL").rstrip("/"),
        behind_proxy=_text(env, "HINOMI_BEHIND_PROXY"),
        first_source_port=_port(env, "HINOMI_FIRST_SOURCE_PORT", Config.first_source_port),
        extra_rules=Path(rules).expanduser().absolute() if rules else None,
        cache=_cache(env),
        database=_database(env, folder=folder),
        deadman_url=_deadman_url(env),
        polls_through=_polls_through(env, folder=folder),
    )


def _text(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip()  # blank counts as unset


def _cache(env: Mapping[str, str]) -> Path | None:
    """A service user may have no home; then every start reads its rules anew."""
    wanted = _text(env, "HINOMI_CACHE")
    if wanted:
        return Path(wanted).expanduser().absolute()
    home = _text(env, "HOME")
    base = _text(env, "XDG_CACHE_HOME") or (f"{home}/.cache" if home else "")
    return Path(base).absolute() / "hinomi" if base else None


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = _text(env, name)
    if not text:
        return default
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise UsageError(f"{name}={text} is not a port.", advice="Use a number from 1 to 65535.")
    return int(text)


def _database(env: Mapping[str, str], *, folder: Path) -> str:
    """What is written in the folder decides; the variable only chooses for a new one."""
    wanted = _text(env, "HINOMI_DATABASE")
    file = folder / DATABASE_FILE
    written = file.read_text("utf-8").strip() if file.is_file() else ""
    if wanted and not wanted.startswith(("postgresql://", "postgres://")):
        raise UsageError(
            "HINOMI_DATABASE is no address of a PostgreSQL.",
            advice="postgresql://user:password@host/database",
        )
    if wanted and not written and (folder / "portal.sqlite").exists():
        raise UsageError(
            f"HINOMI_DATABASE is set, and the stores in {folder} are SQLite.",
            advice="Unset it, or choose a new data folder.",
        )
    if wanted and written and wanted != written:
        raise UsageError(
            f"HINOMI_DATABASE is not the database that {file} names.",
            advice="Unset it, or put the new address of the same database into that file.",
        )
    return written or wanted


def _deadman_url(env: Mapping[str, str]) -> str:
    """Whoever reads the address could keep it quiet: it goes over TLS, or stays on this machine."""
    text = _text(env, "HINOMI_DEADMAN_URL")
    url = urlsplit(text)
    is_here = url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost", "::1")
    if text and not ((url.scheme == "https" and url.hostname) or is_here):
        raise UsageError(
            "HINOMI_DEADMAN_URL is no https address.",
            advice="The address of a service that alarms when no ping comes: https://…",
        )
    return text


def _polls_through(env: Mapping[str, str], *, folder: Path) -> str:
    """Keys of real accounts would go there: only in a rehearsal folder, only on this machine."""
    text = _text(env, "HINOMI_POLLS_THROUGH").rstrip("/")
    if not text:
        return ""
    url = urlsplit(text)
    if url.scheme != "http" or url.hostname not in ("127.0.0.1", "localhost") or not url.port:
        raise UsageError(
            f"HINOMI_POLLS_THROUGH={text} is not on this machine.", advice="http://127.0.0.1:port"
        )
    if not (folder / REHEARSAL_MARK).exists():
        raise UsageError(
            "HINOMI_POLLS_THROUGH is set but the data folder is not a rehearsal folder.",
            advice=f"Unset it, or make the folder with `hinomi demo` ({folder}).",
        )
    return text


def _smtp(env: Mapping[str, str]) -> SmtpServer | None:
    text = _text(env, "HINOMI_SMTP")
    if not text:
        return None
    url = urlsplit(text)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise UsageError(f"HINOMI_SMTP={text} is not a mail server.", advice="smtp://host:port")
    return SmtpServer(
        host=url.hostname,
        port=url.port or (465 if url.scheme == "smtps" else 25),
        use_tls=url.scheme == "smtps",
        user=url.username or "",
        password=url.password or "",
    )


def _clock(env: Mapping[str, str], *, folder: Path) -> Clock:
    """`ISO-8601[@rate]`; refused outside a rehearsal folder so that no real alarm runs on it."""
    text = _text(env, "HINOMI_CLOCK")
    if not text:
        return SystemClock()
    if not (folder / REHEARSAL_MARK).exists():
        raise UsageError(
            "HINOMI_CLOCK is set but the data folder is not a rehearsal folder.",
            advice=f"Unset HINOMI_CLOCK, or make the folder with `hinomi demo` ({folder}).",
        )
    moment, _, rate = text.partition("@")
    try:
        start = datetime.fromisoformat(moment)
        speed = float(rate) if rate else 1.0
    except ValueError as error:
        raise UsageError(
            f"HINOMI_CLOCK={text} is not a time.", advice="e.g. 2026-11-20T10:12:00+09:00@60"
        ) from error
    if start.tzinfo is None:
        raise UsageError("HINOMI_CLOCK has no zone.", advice="Add +09:00 to the time.")
    return MovedClock(start=start, origin=_origin(env), rate=speed)


def _origin(env: Mapping[str, str]) -> float:
    """Machine time at which the moved clock stood at its start; the supervisor passes it on."""
    text = _text(env, "HINOMI_CLOCK_ORIGIN")
    return float(text) if text else time.time()
