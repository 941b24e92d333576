"""What `hinomi-portal` can do at the command line, one module per word."""

from __future__ import annotations
