"""Stage 1: bytes in. Listeners and framing only; nothing is parsed beyond the frame."""

from __future__ import annotations
