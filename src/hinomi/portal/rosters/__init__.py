"""Lists of customers (Excel, CSV) that a firm brings: looked at first, taken in as a whole."""

from __future__ import annotations
