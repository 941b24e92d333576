"""練習: marked rehearsal calls, incidents and notices, scored."""

from __future__ import annotations
