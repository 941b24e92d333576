"""Tests of mailboxes on screen."""

from __future__ import annotations
