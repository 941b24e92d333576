"""Hunts (さかのぼり調査): staff order them, the bell runs them, the findings are read here."""

from __future__ import annotations
