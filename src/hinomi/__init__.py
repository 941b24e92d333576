"""hinomi: the fire-watch tower. Telemetry in, incidents in plain Japanese out. See docs/tour.md."""

from __future__ import annotations

__version__ = "0.1.0"
