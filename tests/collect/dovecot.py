"""Dovecot, a real IMAP server, with one user."""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.collect.certificates import make_pair
from tests.collect.conftest import PATIENCE_S, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

DOVECOT = Path(shutil.which("dovecot") or "/usr/sbin/dovecot")
_CONFIGURATION = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = yes
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password=open
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
"""


class DoesNotStart(Exception):
    """It is installed, and does not run on this machine."""


def missing() -> str:
    """Why it cannot run here, "" when it can."""
    if not DOVECOT.exists():
        return "no Dovecot here; apt-get install dovecot-imapd"
    return "" if os.geteuid() == 0 else "Dovecot starts its login processes as root"


@dataclass(frozen=True, slots=True)
class Dovecot:
    """Running, with one user "soc"."""

    plain: int
    tls: int
    authority: Path

    @property
    def trust(self) -> ssl.SSLContext:
        """Of its own certificate."""
        return ssl.create_default_context(cafile=str(self.authority))

    def deliver(self, body: bytes, folder: str = "INBOX") -> None:
        with imaplib.IMAP4_SSL("127.0.0.1", self.tls, ssl_context=self.trust) as client:
            client.login("soc", "open")
            client.append(folder, "", imaplib.Time2Internaldate(time.time()), body)

    def count(self, folder: str) -> int:
        with imaplib.IMAP4_SSL("127.0.0.1", self.tls, ssl_context=self.trust) as client:
            client.login("soc", "open")
            return int(client.select(folder, readonly=True)[1][0] or 0)

    def command(self, name: str, *arguments: str) -> None:
        with imaplib.IMAP4_SSL("127.0.0.1", self.tls, ssl_context=self.trust) as client:
            client.login("soc", "open")
            getattr(client, name)(*arguments)


@contextmanager
def running(*, tls: str = "required") -> Iterator[Dovecot]:
    """On free ports. `tls`: its setting `ssl`."""
    folder = Path(tempfile.mkdtemp(prefix="hinomi-dovecot-"))
    folder.chmod(0o755)
    nobody = pwd.getpwnam("nobody")
    (folder / "mail").mkdir()
    os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    pair = make_pair(folder, "imap")
    plain, secure = free_port(), free_port()
    file = folder / "dovecot.conf"
    file.write_text(
        _CONFIGURATION.format(
            folder=folder, certificate=pair.certificate, key=pair.key, plain=plain, tls=secure,
            uid=nobody.pw_uid, gid=nobody.pw_gid, ssl=tls,
        )
    )  # fmt: skip
    process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(file)])
    try:
        made = Dovecot(plain, secure, pair.certificate)
        _wait(process, secure, made.trust)
        yield made
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], port: int, trust: ssl.SSLContext) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with suppress(OSError), imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=trust):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise DoesNotStart
        time.sleep(0.05)
