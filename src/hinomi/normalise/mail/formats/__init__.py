"""Mail formats, one file each: whose words these are and what they mean."""

from __future__ import annotations
