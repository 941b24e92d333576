"""連絡先: whom a company wants woken, how, when and for what."""

from __future__ import annotations
