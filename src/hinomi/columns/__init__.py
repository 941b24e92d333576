"""Columns on disk: the Parquet shape of events. The only room that knows pyarrow."""

from __future__ import annotations
