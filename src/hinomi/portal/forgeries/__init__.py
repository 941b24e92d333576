"""Trust in our words: is this message genuine, and warning all customers of a fake."""

from __future__ import annotations
