"""The quick matcher: every different value is searched once, every different event judged once.

It must give exactly what `hinomi.detect.reference` gives; tests/unit/detect/test_plan.py holds it
to that on every golden, on random rules and events, and on real recordings. Read in this order:
`plan` → `shape` → `layout` → `bucket` → `program` → `asked` → `classes` → `search`.
"""

from __future__ import annotations

from hinomi.detect.plan.plan import Plan

__all__ = ["Plan"]
