"""Rule packs on this installation: signed files, versions side by side, trial, hold, roll-back."""

from __future__ import annotations
