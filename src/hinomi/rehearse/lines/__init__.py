"""What real machines write, one file per vendor: texts from the vendors' manuals with `$` slots.

Never taken from normalise's tables: a rehearsal that shared them would rehearse our own mistakes.
"""

from __future__ import annotations
