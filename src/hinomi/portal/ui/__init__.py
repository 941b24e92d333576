"""The look: base page, components, tokens, icons. Knows no company and no incident."""

from __future__ import annotations
