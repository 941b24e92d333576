"""`hinomi watch`: what is written into a folder is sent to the tower, each record exactly once."""

from __future__ import annotations
