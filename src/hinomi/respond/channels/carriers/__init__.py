"""How carriers are asked, as data: a new one is a file here (`sms/`, `voice/`), tested by the suite
that every way passes."""

from __future__ import annotations
