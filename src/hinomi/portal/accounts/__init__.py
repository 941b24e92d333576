"""People: one account per e-mail address; sign-in by code or link; second factor for staff."""

from __future__ import annotations
