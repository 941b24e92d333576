"""Hand-written scanners for the notations vendors share: pairs, CEF, LEEF, JSON, CSV."""

from __future__ import annotations
