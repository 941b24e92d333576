"""Stage 2: one raw record in, one event with native field names out."""

from __future__ import annotations

from hinomi.normalise.audit_join import AuditJoiner, behind
from hinomi.normalise.files import read_lines, read_path, total_bytes
from hinomi.normalise.pieces import Piece, pieces_of, read_piece
from hinomi.normalise.reading import FileProblem, FileRecord
from hinomi.normalise.record import read_record, read_sent, read_tree
from hinomi.normalise.registry import FORMATS, KINDS, aliases_by_shape, declared_fields
from hinomi.normalise.serials import find_serial
from hinomi.normalise.verdict_updates import VerdictUpdates
from hinomi.normalise.views import ViewName, view, view_set_aside

__all__ = [
    "FORMATS",
    "KINDS",
    "AuditJoiner",
    "FileProblem",
    "FileRecord",
    "Piece",
    "VerdictUpdates",
    "ViewName",
    "aliases_by_shape",
    "behind",
    "declared_fields",
    "find_serial",
    "pieces_of",
    "read_lines",
    "read_path",
    "read_piece",
    "read_record",
    "read_sent",
    "read_tree",
    "total_bytes",
    "view",
    "view_set_aside",
]
