"""Intelligence joined to the stores: import, sanity, the compiled set, pulls from servers."""

from __future__ import annotations
