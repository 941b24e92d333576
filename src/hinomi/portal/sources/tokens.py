"""Tokens of sources: 256 bits that only this installation's key can make again.

A token is HMAC-SHA256 of the source's id and token version under DATA/keys/sources.key, so that
`source add` said twice can answer the same token while the database holds only its SHA-256. Who
steals the database alone learns no token; the key folder is left out of backups.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from hinomi.portal.access.keys import read_or_draw
from hinomi.portal.access.time import configuration

PREFIX = "hnm_"


def token_of(*, source_id: str, version: int) -> str:
    """The source's token, 47 characters."""
    key = read_or_draw(configuration().data, name="sources")
    digest = hmac.digest(key, f"{source_id}\0{version}".encode(), hashlib.sha256)
    return PREFIX + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_sha256(token: str) -> str:
    """What is stored and published: hex."""
    return hashlib.sha256(token.encode()).hexdigest()
