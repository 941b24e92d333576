"""脅威情報 in the portal."""

from __future__ import annotations
