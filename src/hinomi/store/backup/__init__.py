"""Backup and restore of a data folder: what is taken in which order, and how it is proved whole."""

from __future__ import annotations

from hinomi.store.backup.check import faults_of
from hinomi.store.backup.contents import BackupFailed, Contents
from hinomi.store.backup.restore import lay_out, require_free
from hinomi.store.backup.shelf import Kept, kept_in, newest
from hinomi.store.backup.take import take_backup

__all__ = [
    "BackupFailed",
    "Contents",
    "Kept",
    "faults_of",
    "kept_in",
    "lay_out",
    "newest",
    "require_free",
    "take_backup",
]
