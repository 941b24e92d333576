"""A real IMAP server, Dovecot, where the machine has one: TLS, STARTTLS, folders, numbering."""

from __future__ import annotations

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
from tests.collect.certificates import make_pair
from tests.collect.conftest import PATIENCE_S, free_port
from tests.collect.letters import letter

from hinomi.collect.mail.imap import Look, LookFailed
from hinomi.collect.mail.limits import MailLimits
from hinomi.core.directory import Mailbox
from hinomi.pipeline.mail.keeper import RoomKeeper
from hinomi.store.mailroom import MailRoom

if TYPE_CHECKING:
    from collections.abc import Iterator

DOVECOT = Path(shutil.which("dovecot") or "/usr/sbin/dovecot")
if not DOVECOT.exists():
    pytest.skip("no Dovecot here; apt-get install dovecot-imapd", allow_module_level=True)
if os.geteuid() != 0:
    pytest.skip("Dovecot starts its login processes as root", allow_module_level=True)

_CONFIGURATION = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
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
    nobody = pwd.getpwnam("nobody")
    (folder / "mail").mkdir()
    os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    pair = make_pair(folder, "imap")
    plain, tls = free_port(), free_port()
    file = folder / "dovecot.conf"
    file.write_text(
        _CONFIGURATION.format(
            folder=folder, certificate=pair.certificate, key=pair.key, plain=plain, tls=tls,
            uid=nobody.pw_uid, gid=nobody.pw_gid,
        )
    )  # fmt: skip
    process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(file)])
    trust = ssl.create_default_context(cafile=str(pair.certificate))
    try:
        _wait(process, tls, trust)
        yield Dovecot(plain, tls, trust)
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
            pytest.skip("Dovecot does not start on this machine")
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
