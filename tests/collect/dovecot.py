"""Dovecot, a real IMAP server, with one user."""

from __future__ import annotations

import grp
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

from benchmarks._senders.programs import needs, program
from tests.collect.certificates import Pair, make_pair
from tests.collect.conftest import PATIENCE_S
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

# Dovecot 2.3 (Debian 12) and 2.4 (Debian 13) name the same things differently.
_BEFORE_2_4 = """
ssl_cert = <{pair.certificate}
ssl_key = <{pair.key}
disable_plaintext_auth = yes
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password=open
}}
userdb {{
  driver = static
  args = uid={keeper.pw_uid} gid={keeper.pw_gid} home={folder}/mail/%u
}}
"""

_SINCE_2_4 = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
ssl_server_cert_file = {pair.certificate}
ssl_server_key_file = {pair.key}
auth_allow_cleartext = no
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
passdb static {{
  password = open
}}
userdb static {{
  fields {{
    uid = {keeper.pw_uid}
    gid = {keeper.pw_gid}
    home = {folder}/mail/%{{user}}
  }}
}}
"""

_CONFIGURATION = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = {setting}
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

# Who is not root can become nobody else, and can shut nothing into a folder.
_NOT_ROOT = """
default_internal_user = {keeper.pw_name}
default_internal_group = {group}
default_login_user = {keeper.pw_name}
first_valid_uid = 1
service imap-login {{
  chroot =
}}
service anvil {{
  chroot =
}}
"""


class DoesNotStart(Exception):
    """It is installed and does not start: a fault, never a reason to skip."""


def missing() -> str:
    """Why it cannot run here, "" when it can."""
    return needs("dovecot", "dovecot-imapd")


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
    path = str(program("dovecot"))
    folder = Path(tempfile.mkdtemp(prefix="hinomi-dovecot-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    pair = make_pair(folder, "imap")
    plain, secure = free_port(), free_port()
    file = folder / "dovecot.conf"
    words = _configuration(path, folder, pair, plain=plain, tls=secure, setting=tls)
    file.write_text(words)
    process = subprocess.Popen([path, "-F", "-c", str(file)])
    try:
        made = Dovecot(plain, secure, pair.certificate)
        _wait(process, secure, made.trust, folder / "log")
        yield made
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        shutil.rmtree(folder, ignore_errors=True)


def _configuration(
    path: str, folder: Path, pair: Pair, *, plain: int, tls: int, setting: str
) -> str:
    """For the user we are; root gives the mails to nobody, as Dovecot serves no mail of root's."""
    root = os.geteuid() == 0
    keeper = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    os.chown(folder / "mail", keeper.pw_uid, keeper.pw_gid)
    return (_dialect(path) + _CONFIGURATION + ("" if root else _NOT_ROOT)).format(
        folder=folder, pair=pair, plain=plain, tls=tls, keeper=keeper, setting=setting,
        group=grp.getgrgid(keeper.pw_gid).gr_name,
    )  # fmt: skip


def _dialect(path: str) -> str:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    major, minor = said.stdout.split(".")[:2]
    return _SINCE_2_4 if (int(major), int(minor)) >= (2, 4) else _BEFORE_2_4


def _wait(process: subprocess.Popen[bytes], port: int, trust: ssl.SSLContext, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with suppress(OSError), imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=trust):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace") if log.exists() else "nothing"
            raise DoesNotStart(f"dovecot is installed and does not start; it says: {said}")
        time.sleep(0.05)
