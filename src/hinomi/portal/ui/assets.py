"""Addresses of our own static files with their content's hash, so that browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static


@cache
def address(path: str) -> str:
    """`/static/ui/app.css?v=1a2b3c4d`. A name that does not exist is a programming error."""
    found = finders.find(path)
    if found is None:
        raise FileNotFoundError(f"static file {path}")
    digest = hashlib.sha256(Path(found).read_bytes()).hexdigest()[:8]
    return f"{static(path)}?v={digest}"
