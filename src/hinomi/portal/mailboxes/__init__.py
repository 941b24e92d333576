"""Mailboxes to which consoles report on all customers of a firm: connecting, sorting, learning."""

from __future__ import annotations
