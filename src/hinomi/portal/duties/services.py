"""What other apps do with duties: book a call, keep it, note that it was missed."""

from __future__ import annotations

from hinomi.portal.duties.promises import book, drop, keep, note_missed

__all__ = ["book", "drop", "keep", "note_missed"]
