"""What Python raises for a zip that is broken, or broken on purpose; its documents name half of it.

A password is a RuntimeError besides, and is told apart where that matters.
"""

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
