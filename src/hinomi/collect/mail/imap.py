"""Fetches what is new in one mailbox's folder over IMAP; one look, in a thread of its own.

A mail is durable here before anything is told to the server; nothing is ever marked as read, and
moved only to the folder that the mailbox names for it. Where we stand is the folder's numbering and
the last number: a folder that was renumbered is read again from the last days, and repeats are
known by their content.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import ipaddress
import re
import ssl
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from hinomi.collect.mail.digest import digest_of
from hinomi.core.errors import HinomiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from hinomi.collect.mail.limits import MailLimits
    from hinomi.core.directory import Mailbox

_PORTS = {"tls": 993, "starttls": 143, "none": 143}
_OVERLAP = timedelta(days=2)  # days are the servers' own, and clocks differ
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UID = re.compile(rb"\bUID (\d+)")


class LookFailed(HinomiError):
    """The mailbox could not be looked into; the message is for the provider's staff, in Japanese.

    `is_refused`: the server does not accept the password, so that trying often does harm.
    """

    def __init__(self, message: str, *, is_refused: bool = False, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.is_refused = is_refused


@dataclass(frozen=True, slots=True)
class Reached:
    """Fetched up to `uid` in the folder as numbered by `uid_validity`; complete until
    `caught_up_at`."""

    folder: str
    uid_validity: int
    uid: int
    caught_up_at: datetime


class Keeper(Protocol):
    """Where mails become durable; `pipeline.mail` gives the mailroom."""

    def reached(self, mailbox: str) -> Reached | None:
        """Where the last look ended."""
        ...

    def reach(self, mailbox: str, *, to: Reached) -> None:
        """Note progress that brought no mail."""
        ...

    def keep(
        self, mailbox: str, body: bytes, *, digest: str, at: datetime, to: Reached, is_to_move: bool
    ) -> None:
        """A mail and the progress, durably, together."""
        ...

    def set_aside(self, mailbox: str, head: bytes, *, size: int, at: datetime, to: Reached) -> None:
        """A mail too large to keep: its head, and the progress."""
        ...

    def to_move(self, mailbox: str, *, uid_validity: int) -> list[int]:
        """Kept mails that still lie in the folder."""
        ...

    def moved(self, mailbox: str, *, uid_validity: int, uids: list[int]) -> None:
        """They lie in the folder for done mails."""
        ...

    def is_full(self) -> bool:
        """True while no more may be kept."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """One look. `trust` is the TLS context; `now` the clock; `is_stopping` ends it early."""

    mailbox: Mailbox
    password: str
    keeper: Keeper
    limits: MailLimits
    now: Callable[[], datetime]
    trust: ssl.SSLContext
    is_stopping: Callable[[], bool] = lambda: False

    def run(self) -> int:
        """How many mails were fetched. Raises LookFailed; what was kept until then stays kept."""
        began = self.now()
        try:
            with self._connected() as server:
                return self._fetch_new(server, began)
        except LookFailed:
            raise
        except imaplib.IMAP4.abort as error:
            raise LookFailed(
                f"メールサーバーとの接続が途中で切れました（{_short(error)}）。"
            ) from error
        except imaplib.IMAP4.error as error:
            raise LookFailed(f"メールサーバーが応じませんでした（{_short(error)}）。") from error
        except ssl.SSLCertVerificationError as error:
            raise LookFailed(
                f"メールサーバーの証明書を確認できませんでした（{error.verify_message}）。"
            ) from error
        except (OSError, EOFError, ValueError) as error:
            raise LookFailed(
                f"メールサーバーにつながりませんでした（{_short(error)}）。"
            ) from error

    @contextlib.contextmanager
    def _connected(self) -> Iterator[imaplib.IMAP4]:
        server = self._opened()
        try:
            self._sign_in(server)
            yield server
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                server.logout()
        finally:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                server.shutdown()

    def _opened(self) -> imaplib.IMAP4:
        box = self.mailbox
        port = box.port or _PORTS.get(box.security, 993)
        seconds = self.limits.imap_timeout_s
        if box.security == "none" and not is_near(box.host):
            raise LookFailed("暗号化なしの接続は、社内のメールサーバーだけで使えます。")
        if box.security == "tls":
            return _SecureClient(
                box.host, port, ssl_context=self.trust, timeout=seconds, most=self._most
            )
        client = _Client(box.host, port, timeout=seconds, most=self._most)
        if box.security == "starttls":
            client.starttls(ssl_context=self.trust)
        return client

    @property
    def _most(self) -> int:
        return self.limits.mail_bytes + 1_000_000

    def _sign_in(self, server: imaplib.IMAP4) -> None:
        try:
            server.login(self.mailbox.user or self.mailbox.address, self.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise LookFailed(
                f"メールサーバーがログインを断りました（{_short(error)}）。",
                is_refused=True,
                advice="ユーザー名とパスワードを確認してください。",
            ) from error

    def _fetch_new(self, server: imaplib.IMAP4, began: datetime) -> int:
        box = self.mailbox
        validity = self._select(server)
        last = self.keeper.reached(box.id)
        if last is not None and (last.folder, last.uid_validity) != (box.folder, validity):
            last = Reached(box.folder, validity, 0, last.caught_up_at)
        self._move_kept(server, validity)
        fetched, since = 0, last or self._beginning(validity, began)
        new = self._new_uids(server, since)
        for uid in new[: self.limits.mails_a_look]:
            if self.is_stopping():
                return fetched
            if self.keeper.is_full():
                raise LookFailed(
                    "メールの置き場所がいっぱいです。空きができるまで取り込みを待ちます。"
                )
            since = replace(since, uid=uid)
            fetched += self._fetch(server, uid, since)
        if len(new) <= self.limits.mails_a_look:
            since = replace(since, caught_up_at=began)
        self.keeper.reach(box.id, to=since)
        self._move_kept(server, validity)
        return fetched

    def _beginning(self, validity: int, began: datetime) -> Reached:
        """Of a mailbox connected just now: its last days, not its whole history."""
        first = began - timedelta(days=self.limits.first_look_days) + _OVERLAP
        return Reached(self.mailbox.folder, validity, 0, first)

    def _select(self, server: imaplib.IMAP4) -> int:
        """The folder's numbering. Read-only unless mails are to be moved out of it."""
        folder = _quoted(self.mailbox.folder)
        kind, _ = server.select(folder, readonly=not self.mailbox.done_folder)
        if kind != "OK":
            raise LookFailed(f"フォルダー「{self.mailbox.folder}」が開けませんでした。")
        _, told = server.response("UIDVALIDITY")
        if not told or told[0] is None:
            raise LookFailed("メールサーバーがフォルダーの番号（UIDVALIDITY）を答えませんでした。")
        return int(told[0])

    def _new_uids(self, server: imaplib.IMAP4, since: Reached) -> list[int]:
        """Rising. By number where we know one; after a renumbering by day."""
        if since.uid:
            words = ["UID", f"{since.uid + 1}:*"]
        else:
            day = since.caught_up_at - _OVERLAP
            words = ["SINCE", f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"]
        kind, told = server.uid("SEARCH", *words)
        if kind != "OK":
            raise LookFailed("メールサーバーが新しいメールの一覧を返しませんでした。")
        found = {int(each) for line in told if line for each in bytes(line).split()}
        return sorted(uid for uid in found if uid > since.uid)  # "9:*" means the last one at least

    def _fetch(self, server: imaplib.IMAP4, uid: int, to: Reached) -> int:
        size = self._size(server, uid)
        if size is None:  # somebody deleted it meanwhile
            return 0
        at = self.now()
        if size > self.limits.mail_bytes:
            head = self._part(server, uid, "BODY.PEEK[HEADER]") or b""
            self.keeper.set_aside(self.mailbox.id, head, size=size, at=at, to=to)
            return 1
        body = self._part(server, uid, "BODY.PEEK[]")
        if body is None:
            return 0
        digest = digest_of(body, recipient="", day=f"{to.uid_validity}:{uid}")
        is_to_move = bool(self.mailbox.done_folder)
        self.keeper.keep(self.mailbox.id, body, digest=digest, at=at, to=to, is_to_move=is_to_move)
        return 1

    def _size(self, server: imaplib.IMAP4, uid: int) -> int | None:
        _, told = server.uid("FETCH", str(uid), "(RFC822.SIZE)")
        for line in told or []:
            found = _SIZE.search(line if isinstance(line, bytes) else b"")
            if found:
                return int(found[1])
        return None

    def _part(self, server: imaplib.IMAP4, uid: int, part: str) -> bytes | None:
        """The literal that answers for this very number; servers may send others beside it."""
        _, told = server.uid("FETCH", str(uid), f"({part})")
        for line in told or []:
            if isinstance(line, tuple) and len(line) == 2:
                named = _UID.search(line[0])
                if named is None or int(named[1]) == uid:
                    return bytes(line[1])
        return None

    def _move_kept(self, server: imaplib.IMAP4, validity: int) -> None:
        """Also those that a death kept from being moved the last time."""
        box = self.mailbox
        waiting = self.keeper.to_move(box.id, uid_validity=validity) if box.done_folder else []
        if waiting and not _can_move(server):
            raise LookFailed(
                "このメールサーバーはメールの移動（MOVE）に対応していません。",
                advice="取り込み後の移動先フォルダーを空にしてください。",
            )
        for uid in waiting:
            kind, _ = server.uid("MOVE", str(uid), _quoted(box.done_folder))
            if kind != "OK":
                raise LookFailed(f"取り込んだメールを「{box.done_folder}」へ移せませんでした。")
            self.keeper.moved(box.id, uid_validity=validity, uids=[uid])


def is_near(host: str) -> bool:
    """This machine, or a private address: where a password may travel in the open."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_private


class _Bounded(imaplib.IMAP4):
    """imaplib reads as much as the server announces; here a mail's worth and no more."""

    def __init__(self, *arguments: object, most: int, **named: object) -> None:
        self._most = most
        super().__init__(*arguments, **named)  # type: ignore[arg-type]

    def read(self, size: int) -> bytes:
        """Refuses a literal that no mail we asked for can have."""
        if size > self._most:
            raise imaplib.IMAP4.abort(f"literal of {size} bytes")
        return super().read(size)


class _Client(_Bounded):
    pass


class _SecureClient(_Bounded, imaplib.IMAP4_SSL):
    pass


def _can_move(server: imaplib.IMAP4) -> bool:
    """Asked anew: many servers tell it only to those who have signed in."""
    _, told = server.capability()
    return any(b"MOVE" in line.upper().split() for line in told if isinstance(line, bytes))


def _quoted(folder: str) -> str:
    """Modified UTF-7 (RFC 3501 §5.1.3): 「完了」 is a folder's name too."""
    text = re.sub(r"[^\x20-\x7e]+", lambda run: _utf7(run[0]), folder.replace("&", "&-"))
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _utf7(run: str) -> str:
    packed = base64.b64encode(run.encode("utf-16-be")).decode().rstrip("=")
    return f"&{packed.replace('/', ',')}-"


def _short(error: BaseException) -> str:
    text = error.args[0] if error.args else error
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return " ".join(shown.split())[:160] or type(error).__name__
