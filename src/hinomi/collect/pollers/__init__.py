"""Fetching from the makers' APIs: a file per API, mostly a table, and one look for all."""

from __future__ import annotations
