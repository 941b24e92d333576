"""Papers and clocks: legal deadlines, reports, forms and evidence."""

from __future__ import annotations
