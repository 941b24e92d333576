"""What the screens show and do, without a browser."""

from __future__ import annotations
