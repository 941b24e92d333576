"""検知の範囲 as one self-contained HTML file, for a customer's folder or a print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.pipeline.coverage import SIGNS, coverage_object
from hinomi.pipeline.report.html import environment

if TYPE_CHECKING:
    from hinomi.pipeline.coverage import Coverage


def coverage_page(found: Coverage) -> str:
    """Ready to write as UTF-8."""
    template = environment().get_template("coverage.html")
    return template.render(table=coverage_object(found), signs=SIGNS)
