"""Tags and filters that templates load as `ui`."""

from __future__ import annotations
