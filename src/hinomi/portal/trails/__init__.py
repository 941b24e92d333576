"""監査: the append-only chained log as a page, and who of the provider looked at a company."""

from __future__ import annotations
