"""Tests of mails on screen, without a database."""

from __future__ import annotations
