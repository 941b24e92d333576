"""The quick matcher: per kind of event only the rules that can apply, compiled to closures.

It must give exactly what `hinomi.detect.reference` gives; tests/unit/detect/test_plan.py holds it
to that on every golden, on random rules and events, and on real recordings.
"""

from __future__ import annotations

from hinomi.detect.plan.route import Plan

__all__ = ["Plan"]
