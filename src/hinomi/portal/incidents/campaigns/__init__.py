"""The same pattern at several customers of a firm: rows, what follows from them, what people say.

`sighting` runs inside the bell's transaction, `rounds` in the bell's loop, `verdicts` on screen.
"""

from __future__ import annotations
