"""Makes samples fit to be shared: who and where become stand-ins, what happened stays readable."""

from __future__ import annotations

from hinomi.normalise.anonymise.documents import Anonymised, anonymise, anonymise_lines

__all__ = ["Anonymised", "anonymise", "anonymise_lines"]
