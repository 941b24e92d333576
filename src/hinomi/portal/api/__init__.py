"""The JSON API under /api/v1, in the same scopes as the screens."""

from __future__ import annotations
