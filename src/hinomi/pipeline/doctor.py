"""`hinomi doctor`: what was chosen, from where, and whether it answers. Changes nothing.

Each check is one row of a table and gives one `Diagnosis`; one that fails never hides the next.
"""

from __future__ import annotations

import http.client
import importlib.metadata
import importlib.util
import json
import os
import shutil
import smtplib
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pysqlite3 import dbapi2

from hinomi.core.errors import HinomiError, StartRefused
from hinomi.detect import load_rules
from hinomi.pipeline import sender_names
from hinomi.pipeline.packs.chosen import RuleChoice
from hinomi.store.database import is_made
from hinomi.store.pipeline import FILE_NAME
from hinomi.store.sqlite import DatabaseError, require_safe_sqlite

if TYPE_CHECKING:
    from pathlib import Path

    from hinomi.config import Config, SmtpServer

LEAST_FREE_BYTES = 2 * 1024**3  # below this, or below 10 %, collect refuses records
LEAST_FREE_SHARE = 0.10
PATIENCE_S = 3.0


class State(StrEnum):
    """`note`: works, but somebody should know. `fault`: something does not work."""

    OK = "ok"
    NOTE = "note"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing looked at. `advice` is what to do, "" when there is nothing to do."""

    subject: str
    state: State
    said: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined. `greet_mail`, `fetch` and `ask_txt` reach out; tests pass their own."""

    config: Config
    data_from: str
    greet_mail: Callable[[SmtpServer], None]
    fetch: Callable[[str], tuple[int, str]]
    ask_txt: Callable[[str], list[str]] = sender_names.ask_txt


def examine(patient: Patient) -> list[Diagnosis]:
    """All checks, in the order of the table."""
    return [_examined(subject, check, patient) for subject, check in CHECKS]


def _examined(subject: str, check: Check, patient: Patient) -> Diagnosis:
    try:
        state, said, advice = check(patient)
    except HinomiError as error:
        state, said, advice = State.FAULT, error.message, error.advice
    except OSError as error:
        state, said, advice = State.FAULT, f"{error.strerror or error}", "Check rights and path."
    return Diagnosis(subject, state, said, advice)


def greet_mail(server: SmtpServer) -> None:
    """Connect and say EHLO; sends nothing. Raises OSError when nobody answers properly."""
    kind = smtplib.SMTP_SSL if server.use_tls else smtplib.SMTP
    with kind(server.host, server.port, "localhost", timeout=PATIENCE_S) as session:
        session.ehlo()


def fetch(url: str) -> tuple[int, str]:
    """Status and body of our own page. Raises OSError when nobody answers."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    link = http.client.HTTPConnection(host, parts.port, timeout=PATIENCE_S)
    if parts.scheme == "https":
        # Our own process on our own machine, reached by address: its name cannot match.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        link = http.client.HTTPSConnection(host, parts.port, timeout=PATIENCE_S, context=context)
    try:
        link.request("GET", parts.path or "/")
        answer = link.getresponse()
        return answer.status, answer.read(10_000).decode("utf-8", "replace")
    except http.client.HTTPException as error:
        raise OSError(f"no proper answer: {error!r}") from error
    finally:
        link.close()


def _python(patient: Patient) -> tuple[State, str, str]:
    version = ".".join(map(str, sys.version_info[:3]))
    return State.OK, f"Python {version} ({sys.executable})", ""


def _sqlite(patient: Patient) -> tuple[State, str, str]:
    try:
        require_safe_sqlite()
    except StartRefused as error:
        return State.FAULT, error.message, error.advice
    return State.OK, f"SQLite {dbapi2.sqlite_version}, safe for several processes", ""


def _database(patient: Patient) -> tuple[State, str, str]:
    """A store that was never made is no fault; a server that does not answer is."""
    if not patient.config.database:
        return State.OK, "SQLite files in the data folder", ""
    try:
        is_made(patient.config.data / FILE_NAME)
    except DatabaseError as error:
        return State.FAULT, f"PostgreSQL: {error}", "Start it, or correct the address."
    return State.OK, "PostgreSQL, and it answers", ""


def _engines(patient: Patient) -> tuple[State, str, str]:
    names = ("pyarrow", "duckdb", "evtx", "orjson")
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        return State.FAULT, f"missing: {', '.join(missing)}", "pip install hinomi"
    return State.OK, ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names), ""


def _data(patient: Patient) -> tuple[State, str, str]:
    folder = patient.config.data
    shown = f"{folder} ({patient.data_from})"
    place = _nearest(folder)
    if not os.access(place, os.W_OK | os.X_OK):
        return State.FAULT, f"{shown} cannot be written", f"Give this user write access to {place}."
    if not folder.exists():
        return State.NOTE, f"{shown} does not exist yet", "`hinomi up` makes it."
    if patient.config.is_rehearsal:
        return State.NOTE, f"{shown} is a rehearsal folder", "Use another one for real customers."
    return State.OK, f"{shown} can be written", ""


def _disk(patient: Patient) -> tuple[State, str, str]:
    usage = shutil.disk_usage(_nearest(patient.config.data))
    share = usage.free / usage.total
    said = f"{usage.free / 1024**3:,.1f} GB free ({share:.0%})"
    if usage.free < LEAST_FREE_BYTES or share < LEAST_FREE_SHARE:
        return State.FAULT, said, "Free some space: below 10 % or 2 GB new records are refused."
    return State.OK, said, ""


def _rules(patient: Patient) -> tuple[State, str, str]:
    chosen = RuleChoice(patient.config).choose()
    own_folder, *others = chosen.folders
    own = load_rules([own_folder])
    more = load_rules([folder for folder in others if folder.is_dir()])
    packs = "".join(f"; {name} {version}" for name, version in chosen.packs.items())
    said = f"{len(own.rules):,} own, {len(more.rules):,} imported{packs}"
    if not own.rules or own.refused:
        return State.FAULT, f"{said}; own rules are damaged", "Install hinomi again."
    if more.refused:
        first = more.refused[0]
        said = f"{said}, {len(more.refused):,} refused, the first at {first.place}: {first.reason}"
        advice = "A tower that ran before the change goes on with what the file held. "
        return State.NOTE, said, f"{advice}See `hinomi rules check {first.path}`."
    return State.OK, said, ""


def _time_zones(patient: Patient) -> tuple[State, str, str]:
    try:
        ZoneInfo("Asia/Tokyo")
    except ZoneInfoNotFoundError:
        return State.FAULT, "no time zone data", "Install tzdata (apt or pip)."
    now = patient.config.clock.now()
    return State.OK, f"time zone data is there; now {now:%Y-%m-%d %H:%M:%S} UTC", ""


def _portal(patient: Patient) -> tuple[State, str, str]:
    needed = ("django", "allauth", "django_htmx", "granian", "whitenoise")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        advice = "For screens and notices: pip install 'hinomi[portal]'. Scanning works without."
        return State.NOTE, f"not installed ({', '.join(missing)})", advice
    return State.OK, f"installed, Django {importlib.metadata.version('django')}", ""


def _pdf(patient: Patient) -> tuple[State, str, str]:
    if any(importlib.util.find_spec(name) is None for name in ("typst", "matplotlib_fontja")):
        return State.NOTE, "PDF reports are not installed", "pip install 'hinomi[pdf]'"
    return State.OK, f"typst {importlib.metadata.version('typst')}", ""


def _mail(patient: Patient) -> tuple[State, str, str]:
    server = patient.config.smtp
    if server is None:
        return State.NOTE, "no mail server: notices stay in the outbox", "Set HINOMI_SMTP."
    name = f"{server.host}:{server.port}"
    try:
        patient.greet_mail(server)
    except (OSError, smtplib.SMTPException) as error:
        return State.FAULT, f"{name} does not answer: {error}", "Check HINOMI_SMTP and the network."
    return State.OK, f"{name} answers", ""


def _spf(patient: Patient) -> tuple[State, str, str]:
    return _named(patient, sender_names.spf, State.FAULT)


def _dkim(patient: Patient) -> tuple[State, str, str]:
    return _named(patient, sender_names.dkim, State.NOTE)


def _dmarc(patient: Patient) -> tuple[State, str, str]:
    return _named(patient, sender_names.dmarc, State.FAULT)


def _named(
    patient: Patient, look: Callable[..., tuple[bool, str, str]], otherwise: State
) -> tuple[State, str, str]:
    """One of the three for the sender's domain. A rehearsal writes to nobody outside."""
    domain = parseaddr(patient.config.mail_from)[1].rpartition("@")[2].lower()
    if "." not in domain:
        return State.NOTE, f"mails come from {domain or 'nowhere'}", "Set HINOMI_MAIL_FROM."
    try:
        is_fit, said, advice = look(domain, ask=patient.ask_txt)
    except sender_names.NoAnswer as error:
        return State.NOTE, error.message, error.advice
    return State.OK if is_fit else otherwise, said, advice


def _address(patient: Patient) -> tuple[State, str, str]:
    url = patient.config.public_url
    if not url:
        advice = "Set HINOMI_PUBLIC_URL, so that mails link to the address customers use."
        return State.NOTE, "no public address", advice
    return State.OK, url, ""


def _running(patient: Patient) -> tuple[State, str, str]:
    file = patient.config.data / "run" / "endpoints.json"
    if not file.exists():
        return State.NOTE, "not running on this data folder", "`hinomi up` starts it."
    try:
        web = str(json.loads(file.read_text(encoding="utf-8"))["web"])
    except (ValueError, KeyError, TypeError):
        return State.FAULT, f"{file} is damaged", "Stop hinomi, delete the file, start again."
    try:
        status, body = patient.fetch(web.rstrip("/") + "/readyz")
    except OSError as error:
        return State.FAULT, f"{web} does not answer ({error})", "Start it again: `hinomi up`."
    if status != 200:
        return State.FAULT, f"{web} is not ready: {body.strip()[:300]}", "See the log of `up`."
    return State.OK, f"{web} is ready", ""


def _nearest(folder: Path) -> Path:
    """The folder itself, or the part of its path that exists already."""
    return next(path for path in (folder, *folder.parents) if path.exists())


Check = Callable[[Patient], tuple[State, str, str]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("python", _python),
    ("sqlite", _sqlite),
    ("database", _database),
    ("engines", _engines),
    ("data folder", _data),
    ("disk", _disk),
    ("rules", _rules),
    ("time", _time_zones),
    ("portal", _portal),
    ("pdf", _pdf),
    ("mail", _mail),
    ("spf", _spf),
    ("dkim", _dkim),
    ("dmarc", _dmarc),
    ("address", _address),
    ("processes", _running),
)
