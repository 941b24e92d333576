"""Tags of the desk's pages."""

from __future__ import annotations
