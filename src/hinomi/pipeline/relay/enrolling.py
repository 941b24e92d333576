"""A code from the provider → who this relay is: asked once, kept at once."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hinomi.core.errors import HinomiError, UsageError
from hinomi.pipeline.relay.place import FILE, Enrolled, keep_enrolled
from hinomi.store.uplink import checked_address, connection_to

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/relays/enrol/"


class NotEnrolled(HinomiError):
    """The tower did not take the code."""


def enrol(url: str, code: str, *, data: Path, authority: Path | None, ingest: str) -> str:
    """The relay's id. `ingest` overrides the address the tower names, "" to believe it."""
    if (data / FILE).exists():
        raise UsageError(
            "this folder holds an enrolled relay already.", advice="Use another --data folder."
        )
    trusted = str(authority.absolute()) if authority else ""
    for each in filter(None, (url, ingest)):
        checked_address(each)  # before the code is used up
    told = _asked(url, code, authority=trusted)
    try:
        found = Enrolled(
            relay=str(told["relay"]),
            ingest=checked_address(ingest or str(told["ingest"])),
            token=str(told["token"]),
            authority=trusted,
        )
    except KeyError as error:
        raise NotEnrolled(f"the answer lacks {error}", advice="Is it the tower's web?") from error
    keep_enrolled(data, found)
    return found.relay


def _asked(url: str, code: str, *, authority: str) -> dict[str, object]:
    connection = connection_to(url, authority=authority)
    path = urlsplit(url).path.rstrip("/") + PATH
    body = json.dumps({"code": code}).encode()
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        told = json.loads(answer.read(65_536))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotEnrolled(
            f"the tower cannot be asked: {error}", advice="Is the address right?"
        ) from error
    finally:
        connection.close()
    if not isinstance(told, dict) or answer.status != http.HTTPStatus.OK:
        said = told.get("message", "") if isinstance(told, dict) else ""
        raise NotEnrolled(
            str(said) or f"the tower answered {answer.status}",
            advice="Ask the provider for a new code.",
        )
    return told
