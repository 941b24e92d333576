"""The mailbox, joined: fetching and taking in, reading apart, sorting, and handing to the log."""

from __future__ import annotations
