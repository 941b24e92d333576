"""The outbox: every message is a row before it is sent, and every attempt too."""

from __future__ import annotations
