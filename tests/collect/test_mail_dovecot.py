"""A real IMAP server, Dovecot, where the machine has one: TLS, STARTTLS, folders, numbering."""

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
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.collect.certificates import Pair, make_pair
from tests.collect.conftest import PATIENCE_S, free_port
from tests.collect.installed import program
from tests.collect.letters import letter

from hinomi.collect.mail.imap import Look, LookFailed
from hinomi.collect.mail.limits import MailLimits
from hinomi.core.directory import Mailbox
from hinomi.pipeline.mail.keeper import RoomKeeper
from hinomi.store.mailroom import MailRoom

if TYPE_CHECKING:
    from collections.abc import Iterator

DOVECOT = program("dovecot", package="dovecot-imapd")

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
ssl = required
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


@dataclass(frozen=True, slots=True)
class Dovecot:
    """Running, with one user "soc"."""

    plain: int
    tls: int
    trust: ssl.SSLContext

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


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    folder = Path(tempfile.mkdtemp(prefix="hinomi-dovecot-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    pair = make_pair(folder, "imap")
    plain, tls = free_port(), free_port()
    file = folder / "dovecot.conf"
    file.write_text(_configuration(folder, pair, plain=plain, tls=tls))
    process = subprocess.Popen([DOVECOT, "-F", "-c", str(file)])
    trust = ssl.create_default_context(cafile=str(pair.certificate))
    try:
        _wait(process, tls, trust, folder / "log")
        yield Dovecot(plain, tls, trust)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        shutil.rmtree(folder, ignore_errors=True)


def _configuration(folder: Path, pair: Pair, *, plain: int, tls: int) -> str:
    """For the user we are; root gives the mails to nobody, as Dovecot serves no mail of root's."""
    root = os.geteuid() == 0
    keeper = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    os.chown(folder / "mail", keeper.pw_uid, keeper.pw_gid)
    return (_dialect() + _CONFIGURATION + ("" if root else _NOT_ROOT)).format(
        folder=folder, pair=pair, plain=plain, tls=tls, keeper=keeper,
        group=grp.getgrgid(keeper.pw_gid).gr_name,
    )  # fmt: skip


def _dialect() -> str:
    said = subprocess.run([DOVECOT, "--version"], capture_output=True, text=True, check=True)
    major, minor = said.stdout.split(".")[:2]
    return _SINCE_2_4 if (int(major), int(minor)) >= (2, 4) else _BEFORE_2_4


def _wait(process: subprocess.Popen[bytes], port: int, trust: ssl.SSLContext, log: Path) -> None:
    """Until it answers; one that is installed and does not start is a fault, not a skip."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with suppress(OSError), imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=trust):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace") if log.exists() else "nothing"
            pytest.fail(f"{DOVECOT} is installed and does not start; it says: {said}")
        time.sleep(0.05)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[MailRoom]:
    with closing(MailRoom(tmp_path)) as opened:
        yield opened


def look(dovecot: Dovecot, room: MailRoom, **box: object) -> int:
    limits = MailLimits(imap_timeout_s=10.0)
    given: dict[str, object] = {"port": dovecot.tls, "user": "soc", **box}
    mailbox = Mailbox("box", "firm", "監視用", "imap", "soc@example.jp", host="127.0.0.1", **given)  # type: ignore[arg-type]
    return Look(
        mailbox=mailbox,
        password="open",
        keeper=RoomKeeper(room, limits, lambda: False),
        limits=limits,
        now=lambda: datetime.now(UTC),
        trust=dovecot.trust,
    ).run()


def test_mails_come_once_over_tls_and_are_moved_where_the_mailbox_says(
    dovecot: Dovecot, room: MailRoom
) -> None:
    dovecot.command("create", '"done"')
    bodies = [letter("一", number="1"), letter("二", number="2")]
    for body in bodies:
        dovecot.deliver(body)
    assert look(dovecot, room, done_folder="done") == 2
    assert look(dovecot, room, done_folder="done") == 0
    assert [room.body_of(mail.id) for mail in room.arrived(limit=9)] == bodies
    assert (dovecot.count("INBOX"), dovecot.count("done")) == (0, 2)


def test_starttls_and_a_japanese_folder(dovecot: Dovecot, room: MailRoom) -> None:
    dovecot.command("create", '"&i2ZUSg-"')
    dovecot.deliver(letter("三", number="3"), '"&i2ZUSg-"')
    box = {"security": "starttls", "port": dovecot.plain}
    with pytest.raises(LookFailed, match="監視"):
        look(dovecot, room, **box, folder="監視")
    assert look(dovecot, room, **box, folder="警告") == 1


def test_a_folder_made_anew_doubles_nothing(dovecot: Dovecot, room: MailRoom) -> None:
    for _ in range(2):
        dovecot.command("create", '"again"')
        dovecot.deliver(letter("四", number="4"), '"again"')
        look(dovecot, room, folder="again")
        dovecot.command("delete", '"again"')
        time.sleep(1.1)  # the numbering is made of seconds
    assert len(room.arrived(limit=9)) == 1
