"""Learned formats: what a person taught, as a versioned file, and how records are read with it."""

from __future__ import annotations

from hinomi.normalise.learned.build import KIND, build
from hinomi.normalise.learned.definition import (
    Definition,
    DefinitionRefused,
    Example,
    Field,
    Gives,
    Judgement,
    Layout,
    Outcomes,
    Time,
    check,
    read_definition,
    write_definition,
)
from hinomi.normalise.learned.proof import Fault, coverage, examples_of, prove, read_sample
from hinomi.normalise.learned.reader import id_of_kind, read_with, ready
from hinomi.normalise.learned.roles import ROLES, TIME_ROLE, Role
from hinomi.normalise.learned.shape import SHAPE

__all__ = [
    "KIND",
    "ROLES",
    "SHAPE",
    "TIME_ROLE",
    "Definition",
    "DefinitionRefused",
    "Example",
    "Fault",
    "Field",
    "Gives",
    "Judgement",
    "Layout",
    "Outcomes",
    "Role",
    "Time",
    "build",
    "check",
    "coverage",
    "examples_of",
    "id_of_kind",
    "prove",
    "read_definition",
    "read_sample",
    "read_with",
    "ready",
    "write_definition",
]
