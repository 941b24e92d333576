"""Stage 4: findings to incidents. Pure decisions; the portal carries them out."""

from __future__ import annotations

from hinomi.triage.decide import decide

__all__ = ["decide"]
