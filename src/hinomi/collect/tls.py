"""TLS on the ports of sources: our certificate, and the client certificates that identify.

Files that were replaced are used for new connections within a second; open ones go on. Files that
cannot be read leave those before in use, with a warning.
"""

from __future__ import annotations

import hashlib
import ssl
from asyncio import sslproto
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HELLO = b"\x16\x03"  # how every TLS connection begins
HANDSHAKE_S = 10.0
_READ_BYTES = 16 * 1024  # a TLS record


class UnusableCertificate(HinomiError):
    """A certificate or key that cannot be used."""


class ServerTls:
    """Our certificate and key as files. `follow` looks whether they, or whom we trust, changed."""

    def __init__(self, *, certificate: Path, key: Path) -> None:
        # asyncio keeps a buffer of 256 KiB for each connection, filled with zeros: 5,000 open ones
        # took 1.4 GB (measured; `hinomi bench tls`).
        sslproto.SSLProtocol.max_size = _READ_BYTES
        self._files = (certificate, key)
        self._seen: tuple[object, ...] = ()
        self._trusted: tuple[str, ...] = ()
        self._context: ssl.SSLContext | None = None
        self._live: list[ssl.SSLContext] = []
        self.trouble = ""  # a sentence for /readyz while the files cannot be used

    @property
    def context(self) -> ssl.SSLContext:
        """For the next connection."""
        if self._context is None:
            raise UnusableCertificate(self.trouble or "no certificate was loaded yet")
        return self._context

    def keep_fresh(self, context: ssl.SSLContext) -> None:
        """A context somebody else listens with: it gets new files too."""
        self._live.append(context)

    def follow(self, trusted: Iterable[str]) -> None:
        """Load what changed. `trusted` are client certificates as PEM text."""
        wanted = tuple(sorted(set(trusted)))
        seen = tuple(_stamp(file) for file in self._files)
        if self._context is not None and (seen, wanted) == (self._seen, self._trusted):
            return
        try:
            self._context = _context(*self._files, trusted=wanted)
            if seen != self._seen:
                for context in self._live:
                    context.load_cert_chain(*self._files)
            self.trouble = ""
        except (OSError, ssl.SSLError, ValueError) as error:
            self.trouble = f"The certificate or key cannot be used: {error}."
            if self._context is None:
                raise UnusableCertificate(self.trouble) from error
        self._seen, self._trusted = seen, wanted


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate in DER, hex."""
    return hashlib.sha256(certificate).hexdigest()


def fingerprint_of_pem(text: str) -> str:
    """ "" for text that holds no certificate."""
    try:
        return fingerprint(ssl.PEM_cert_to_DER_cert(text.strip()))
    except ValueError:
        return ""


def _context(certificate: Path, key: Path, *, trusted: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    if trusted:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a client's own is enough
        for each in trusted:
            _trust(context, each)
    return context


def _trust(context: ssl.SSLContext, text: str) -> None:
    """One that cannot be read identifies nobody; the others still do."""
    try:
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        return


def _stamp(file: Path) -> object:
    try:
        stat = file.stat()
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)
