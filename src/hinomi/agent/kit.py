"""The files by which a Windows PC sends for one company's source: settings, one script, a README.

No file holds the token: the script asks for it and puts it where only administrators may read. Not
run on a real Windows; every file says so.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_INGEST = "/ingest/v1/events"
# What stands in a PowerShell text, a YAML text and a README without meaning anything there.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/\-]*)?")
_IPV6 = re.compile(r"https?://\[[0-9A-Fa-f:]+\](?::\d{1,5})?(?:/[A-Za-z0-9._~/\-]*)?")
_COMMON = ("sysmon.xml", "hinomi.ps1", "README.ja.md")
_SETTINGS = {"winlogbeat": "winlogbeat.yml", "otelcol": "otelcol.yml"}
_PROGRAMS = {
    "winlogbeat": "`winlogbeat.exe`：Elasticのページから、Winlogbeat（OSS版）のzipを取って開き、"
    "中から取り出します。",
    "otelcol": "`otelcol-contrib.exe`：OpenTelemetry Collector（contrib版）のページから取ります。",
}
_WITH_MARK = ".ps1"  # Windows PowerShell 5.1 reads a file without one as the PC's own code page


def write_kit(folder: Path, *, endpoint: str, company: str, sender: str) -> list[Path]:
    """Write (or write again) the kit's files; other files in the folder are left alone."""
    texts = kit_texts(endpoint=endpoint, company=company, sender=sender)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in texts.items():
        mark = "utf-8-sig" if name.endswith(_WITH_MARK) else "utf-8"
        path = folder / name
        path.write_bytes(text.replace("\n", "\r\n").encode(mark))
        written.append(path)
    return written


def kit_texts(*, endpoint: str, company: str, sender: str) -> dict[str, str]:
    """Name → text of each file. Raises UsageError for an address that is none."""
    base = _base_of(endpoint)
    name = " ".join("".join(c if c.isprintable() else " " for c in company).split())
    config = _SETTINGS[sender]
    values = {
        "endpoint": endpoint,
        "base": json.dumps(base),
        "logs": json.dumps(f"{base}/v1/logs"),
        "sender": sender,
        "config": config,
        "program": _PROGRAMS[sender],
        "company": re.sub(r"[\\`*_\[\]<>#|]", " ", name),
    }
    return {each: _filled(each, values) for each in (*_COMMON, config)}


def _base_of(endpoint: str) -> str:
    is_address = _ADDRESS.fullmatch(endpoint) or _IPV6.fullmatch(endpoint)
    if not is_address or not urlsplit(endpoint).path.rstrip("/").endswith(_INGEST):
        raise UsageError(
            f"{endpoint!r} is no address of a source.",
            advice=f"As the tower showed it: https://…{_INGEST}",
        )
    return endpoint.rstrip("/").removesuffix(_INGEST)


def _filled(name: str, values: dict[str, str]) -> str:
    """One pass, so that what is filled in is never filled in again."""
    text = (files("hinomi.agent") / "kit_files" / name).read_text("utf-8")
    known = "|".join(values)
    return re.sub(r"(?<!\$)\{(" + known + r")\}", lambda found: values[found[1]], text)
