"""The table of formats is complete, and its names are usable everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

import hinomi.normalise.formats
from hinomi.core.errors import UsageError
from hinomi.normalise import FORMATS, KINDS, aliases_by_shape, declared_fields
from hinomi.normalise.registry import all_formats, format_named, format_of_kind


def test_every_file_of_the_folder_is_in_the_table() -> None:
    folder = Path(hinomi.normalise.formats.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert {module.rpartition(".")[2] for module in FORMATS.values()} == files


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_calls_itself_as_the_table_does(name: str) -> None:
    assert format_named(name).name == name


@pytest.mark.parametrize("name", FORMATS)
def test_declared_columns_are_unique_ignoring_case(name: str) -> None:
    """The lake's stored names must be unique ignoring case, and `_` names are its own."""
    declared = declared_fields(format_named(name).shape)
    assert declared
    assert len({field.lower() for field in declared}) == len(declared)
    assert not [field for field in declared if field.startswith("_")]


def test_a_shape_belongs_to_one_format_so_that_no_name_has_two_types() -> None:
    shapes = [form.shape for form in all_formats()]
    assert len(set(shapes)) == len(shapes)


@pytest.mark.parametrize("name", FORMATS)
def test_aliases_point_to_native_names_not_to_themselves(name: str) -> None:
    form = format_named(name)
    assert not [alias for alias, native in form.aliases.items() if alias == native]
    assert aliases_by_shape()[form.shape] == dict(form.aliases)


def test_other_words_for_a_kind_lead_to_a_format() -> None:
    assert {KINDS[word] for word in KINDS} <= {*FORMATS, "auto"}
    assert format_of_kind("auto") is None
    assert format_of_kind("something new") is None


def test_an_unknown_format_is_named_in_the_error() -> None:
    with pytest.raises(UsageError, match="nonesuch"):
        format_named("nonesuch")
