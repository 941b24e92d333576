"""The report as PDF by typst. The page goes in as JSON data, never pasted into the template."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from hinomi.pipeline.report.cards import Page

_TEMPLATE = Path(__file__).parent / "templates" / "scan.typ"
_FONT_PACKAGE = "matplotlib_fontja"  # for its IPAexGothic file only


def render_pdf(page: Page) -> bytes:
    """The bytes of the file. Raises HinomiError when the extra `pdf` is not installed."""
    try:
        import typst  # an optional extra, loaded on use
    except ImportError as error:
        raise missing() from error
    data = json.dumps(asdict(page), ensure_ascii=False)
    pdf = typst.compile(
        str(_TEMPLATE),
        format="pdf",
        font_paths=[str(font_folder())],
        sys_inputs={"page": data},
    )
    if not isinstance(pdf, bytes):
        raise HinomiError("typst made no PDF.", advice="Report this with the version of typst.")
    return pdf


def font_folder() -> Path:
    """Where the one font of our papers is."""
    spec = importlib.util.find_spec(_FONT_PACKAGE)  # not imported: it would load matplotlib
    if spec is None or spec.origin is None:
        raise missing()
    return Path(spec.origin).parent / "fonts"


def missing() -> HinomiError:
    """What to say where the extra is not installed."""
    return HinomiError(
        "PDF needs parts that are not installed.", advice="pip install 'hinomi[pdf]'"
    )
