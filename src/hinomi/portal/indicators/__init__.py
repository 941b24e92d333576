"""脅威情報: what the provider knows to be bad. Holds no model: DATA/intel.sqlite is its store."""

from __future__ import annotations
