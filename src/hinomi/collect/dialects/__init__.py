"""The protocols that other makers' senders speak over HTTP: one module each, one row in a table."""

from __future__ import annotations
