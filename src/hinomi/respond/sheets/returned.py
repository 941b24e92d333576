"""A FAX that came back, as pictures. What came from outside is drawn in a process of its own, with
limits of time and memory, and only bare pictures leave it: no browser ever opens the PDF itself."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from hinomi.respond.sheets.tiff import MOST_PAGES, NotAFaxTiff, pdf_of_tiff

MOST_BYTES = 10 * 1024 * 1024
_TIME_S, _MEMORY_BYTES, _FILE_BYTES = 60, 2 * 1024**3, 32 * 1024**2
_DOTS = 110  # an inch: ticks and handwriting are readable, a page is some 100 KB
_PDF = b"%PDF-"
_PAGE = (
    "#set page(width: 210mm, height: 297mm, margin: 0mm)\n"
    '#image("fax.pdf", page: {page}, width: 100%, height: 100%, fit: "contain")\n'
)


class NotAFax(ValueError):
    """`reason` says why, for the screens: empty, too_large, other_kind, broken."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def pictures_of(raw: bytes) -> list[bytes]:
    """A PNG of each page, the first MOST_PAGES. Raises NotAFax."""
    if not raw.strip():
        raise NotAFax("empty")
    if len(raw) > MOST_BYTES:
        raise NotAFax("too_large")
    with tempfile.TemporaryDirectory(prefix="fax-") as name:
        folder = Path(name)
        (folder / "fax.pdf").write_bytes(_as_pdf(raw))
        _draw_apart(folder)
        found = [folder / f"page-{page}.png" for page in range(1, MOST_PAGES + 1)]
        pictures = [path.read_bytes() for path in found if path.is_file()]
    if not pictures:
        raise NotAFax("broken")
    return pictures


def _as_pdf(raw: bytes) -> bytes:
    if raw[:1024].lstrip().startswith(_PDF):
        return raw
    try:
        return pdf_of_tiff(raw)
    except NotAFaxTiff as error:
        is_tiff = raw[:4] in (b"II*\x00", b"MM\x00*")
        raise NotAFax("broken" if is_tiff else "other_kind") from error


def _draw_apart(folder: Path) -> None:
    """Whatever happens to the other process, here it is only a page that is not there."""
    command = [sys.executable, "-m", "hinomi.respond.sheets.returned", str(folder)]
    try:
        subprocess.run(command, timeout=_TIME_S, check=False, capture_output=True)
    except subprocess.TimeoutExpired as error:
        raise NotAFax("broken") from error


def main(folder: Path) -> int:
    """Draw `fax.pdf` of the folder into `page-N.png`."""
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CPU, _TIME_S),
        (resource.RLIMIT_FSIZE, _FILE_BYTES),
    ):
        resource.setrlimit(what, (most, most))
    import typst  # an optional extra, loaded on use

    for page in range(1, MOST_PAGES + 1):
        source = folder / "page.typ"
        source.write_text(_PAGE.format(page=page), encoding="utf-8")
        try:
            drawn = typst.compile(str(source), root=str(folder), format="png", ppi=_DOTS)
        except typst.TypstError:
            return 0  # no such page, or one that cannot be drawn
        if isinstance(drawn, bytes):
            (folder / f"page-{page}.png").write_bytes(drawn)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
