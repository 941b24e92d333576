"""What the screens about incidents show. Each reads inside a scope and returns values to show."""

from __future__ import annotations
