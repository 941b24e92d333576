"""当番: who of a firm is on duty when, hand-overs, booked promises, and what holds at night."""

from __future__ import annotations
