"""いま: which promise breaks next over all customers, and who is on duty."""

from __future__ import annotations
