"""A key's secret: 256 random bits behind a mark that scanners of leaked secrets can look for."""

from __future__ import annotations

import hashlib
import secrets

_MARK = "hinomi_"


def drawn() -> str:
    """A new secret."""
    return _MARK + secrets.token_urlsafe(32)


def sha256(secret: str) -> str:
    """What is stored of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
