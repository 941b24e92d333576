"""The report as one self-contained HTML file: no script, no request, escaped by the template."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from hinomi.pipeline.report.cards import Page


def render_html(page: Page) -> str:
    """Ready to write as UTF-8."""
    return environment().get_template("scan.html").render(page=page, words=page.words)


@cache
def environment() -> Environment:
    """The templates of this folder: escaped, and a name nobody gave is an error."""
    return Environment(
        loader=PackageLoader("hinomi.pipeline.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
