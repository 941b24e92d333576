"""What the relay hears of the devices around it without asking anybody: nothing is ever sent."""

from __future__ import annotations
