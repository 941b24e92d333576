"""Intelligence through the stores, the commands, a TAXII server and the worker."""

from __future__ import annotations
