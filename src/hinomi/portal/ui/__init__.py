"""What every screen is made of: base page, components, styles, dates in words, live parts."""

from __future__ import annotations
