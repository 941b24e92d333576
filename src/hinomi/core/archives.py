"""What Python raises for a zip that is broken, or broken on purpose; no page of it names all."""

from __future__ import annotations

import struct
import zipfile
import zlib
from lzma import LZMAError

BROKEN_ARCHIVE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,  # a name that is not what it says it is written in, a place before the file
    OverflowError,  # a place behind everything
    NotImplementedError,  # another compression, a version to come
)
# A member with a password besides.
CLOSED_ARCHIVE: tuple[type[Exception], ...] = (*BROKEN_ARCHIVE, RuntimeError)
