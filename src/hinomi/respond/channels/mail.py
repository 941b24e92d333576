"""Mail by SMTP. Builds a mail that cannot be bent by what stands in a log, and hands it over once.

A crash between the hand-over and its record may send a mail twice; its Message-ID stays the same,
so that mail programs fold the two.
"""

from __future__ import annotations

import html
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, ClassVar, Self

from hinomi.respond.channels.channel import (
    Channel,
    ChannelError,
    Message,
    Receipt,
    Setting,
    SettingKind,
    Surroundings,
)
from hinomi.respond.channels.old_letters import CHARSET, old_letters
from hinomi.respond.channels.wording import clean_lines
from hinomi.respond.plain import plain
from hinomi.respond.slots import slot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from email.message import Message as FinishedMail

    from hinomi.respond.text import CustomerText

_SUBJECT_MOST = 120
_ADDRESS_MOST = 254
_LINE_MOST = 900
_BARE = re.compile(r"[^\s<>,;:@\"]+@[^\s<>,;:@\"]+")
# As other people's programs write them; nothing that a header could be bent by.
_ID_OF_OTHERS = re.compile(r"(?!.*=\?)[!-;=?-~]{1,150}@[!-;=?-~]{1,150}")
_THREAD = frozenset({"in-reply-to", "references"})
_NOT_IN_ID = re.compile("[^A-Za-z0-9.@_-]")
REPEAT_MARK = "【再送】"
_LINK_LABEL = "この件の画面（ログインして開きます）"
_TAP_LABEL = "ログインせずに答える画面（1日だけ開きます。会社の名前は出ません）"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out. Settings are passed in; this room reads no configuration."""

    host: str
    port: int
    use_tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mail(Channel):
    """Sends plain mail with an optional HTML part. `charset` CHARSET: for readers whose mail
    program or FAX gateway knows nothing newer. `bounce_to`: where servers send what comes back."""

    kind: ClassVar[str] = "mail"
    maker: ClassVar[str] = "mail"
    title_ja: ClassVar[str] = "メール"
    unit_ja: ClassVar[str] = "通"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = {
        "host": Setting("メールサーバー", support_text="例：smtp.example.jp"),
        "port": Setting("ポート番号", kind=SettingKind.NUMBER, default="465"),
        "security": Setting(
            "暗号",
            kind=SettingKind.CHOICE,
            default="tls",
            choices=(("tls", "TLS（465番）"), ("starttls", "STARTTLS（587番）")),
        ),
        "user": Setting("ユーザー名", is_required=False),
        "password": Setting("パスワード", kind=SettingKind.SECRET, is_required=False),
        "sender": Setting("差出人", support_text="例：見守り <mimamori@example.jp>"),
        "bounce_to": Setting(
            "届かなかったメールの戻り先",
            support_text="ここへ戻ったメールは、宛先ごとに記録できます。",
            is_required=False,
        ),
        "reply_to": Setting(
            "返事を受けるアドレス",
            support_text="相談のメールを読むアドレスです。お知らせへの返事も、ここへ届きます。",
            is_required=False,
        ),
        "charset": Setting(
            "文字コード",
            support_text="古いメールソフトやFAXの取り次ぎで文字が化けるときは、ISO-2022-JPにします。",
            kind=SettingKind.CHOICE,
            default="utf-8",
            choices=(("utf-8", "UTF-8"), (CHARSET, "ISO-2022-JP")),
        ),
    }

    server: MailServer
    sender: str
    sent_at: datetime
    timeout_s: float = 10.0
    charset: str = "utf-8"
    bounce_to: str = ""
    reply_to: str = ""

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """Raises ChannelError when the sender is no address."""
        _address(values["sender"])
        if values.get("reply_to"):
            _address(values["reply_to"])
        server = MailServer(
            host=values["host"],
            port=int(values["port"]),
            use_tls=values.get("security", "tls") == "tls",
            user=values.get("user", ""),
            password=values.get("password", ""),
        )
        return cls(
            server=server,
            sender=values["sender"],
            sent_at=surroundings.now(),
            charset=values.get("charset", "") or "utf-8",
            bounce_to=values.get("bounce_to", ""),
            reply_to=values.get("reply_to", ""),
        )

    def send(self, message: Message) -> Receipt:
        """Hand over to the server. ChannelError.permanent when the address or mail is refused."""
        mail = compose(message, sender=self.sender, sent_at=self.sent_at, charset=self.charset)
        if self.reply_to:
            mail["Reply-To"] = _address(self.reply_to)
        self.hand_over(mail, to=_bare(message.to))
        return Receipt(provider_id=str(mail["Message-ID"]).strip("<>"))

    def send_with(self, message: Message, *, attachment: bytes, file_name: str) -> Receipt:
        """The same with one PDF, for gateways that make a FAX of it."""
        mail = compose(message, sender=self.sender, sent_at=self.sent_at)
        mail.add_attachment(attachment, maintype="application", subtype="pdf", filename=file_name)
        self.hand_over(mail, to=_bare(message.to))
        return Receipt(provider_id=str(mail["Message-ID"]).strip("<>"))

    def hand_over(self, mail: FinishedMail, *, to: str) -> None:
        """One finished mail to one bare address. Errors as `send`."""
        try:
            with self._connect() as connection:
                connection.send_message(mail, from_addr=self._returns_to, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = max(error.recipients.values(), default=(0, b""))
            raise ChannelError(
                f"The mail server refused the recipient ({code}).",
                permanent=code >= 500,
                refuses_address=code >= 500 and not _is_policy(said),
                advice="Check the address with the customer by telephone.",
            ) from error
        except smtplib.SMTPResponseException as error:
            raise ChannelError(
                f"The mail server answered {error.smtp_code}.",
                permanent=_is_final(error),
                advice="Check HINOMI_SMTP and the sender address.",
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelError(
                f"The mail server cannot be reached ({type(error).__name__}).",
                advice="Check HINOMI_SMTP; the mail is tried again by itself.",
            ) from error

    @property
    def domain(self) -> str:
        """Who we say we are: the sender's domain. smtplib would ask the resolver for this machine's
        name, and one that does not answer keeps the first mail back for half a minute."""
        return _bare(self.sender).rpartition("@")[2] or "localhost"

    @property
    def _returns_to(self) -> str:
        return _bare(self.bounce_to) or _bare(self.sender)

    def _connect(self) -> smtplib.SMTP:
        host, port = self.server.host, self.server.port
        name = self.domain
        if self.server.use_tls:
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, local_hostname=name, timeout=self.timeout_s, context=context
            )
        else:
            connection = smtplib.SMTP(host, port, local_hostname=name, timeout=self.timeout_s)
        try:
            self._greet(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _greet(self, connection: smtplib.SMTP) -> None:
        """Upgrade to TLS where it is offered; a password never goes over an open line."""
        connection.ehlo()
        if not self.server.use_tls and connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
            connection.ehlo()
            secured = True
        else:
            secured = self.server.use_tls
        if not self.server.user:
            return
        if not secured:
            raise ChannelError(
                "The mail server offers no TLS, so the password was not sent.",
                advice="Use smtps:// in HINOMI_SMTP.",
            )
        connection.login(self.server.user, self.server.password)


def incident_subject(
    text: CustomerText, *, service_name: str, company: str, is_repeat: bool = False
) -> str:
    """「【まちの見守り】今すぐ：見出し｜会社名」; 【再送】 in front when it was sent before."""
    again = REPEAT_MARK if is_repeat else ""
    name = slot(service_name)
    return f"{again}【{name}】{text.level_word}：{text.title}｜{slot(company, limit=40)}"


def incident_body(text: CustomerText, *, url: str, tap_url: str = "") -> str:
    """The text, then the page to open. The address names the 受付番号 only and asks to sign in.
    `tap_url` is a signed address of one person: it shows the steps and nothing about anybody."""
    tap = f"{_TAP_LABEL}\n{tap_url}\n\n" if tap_url else ""
    link = (f"{_LINK_LABEL}\n{url}\n\n" if url else "") + tap
    head, _, closing = plain(text).rpartition("\n\n")
    return f"{head}\n\n{link}{closing}\n"


def incident_html(text: CustomerText, *, url: str, tap_url: str = "") -> str:
    """The same words as HTML without style, script or pictures; every value escaped."""
    page = as_html(incident_body(text, url=url, tap_url=tap_url))
    for each in filter(None, (tap_url, url)):
        address = html.escape(each)
        page = page.replace(f"{address}<br>", f'<a href="{address}">{address}</a><br>', 1)
    return page


def as_html(text: str) -> str:
    """Plain lines as a page of their own."""
    body = html.escape(text).replace("\n", "<br>\n")
    return f'<!doctype html><html lang="ja"><meta charset="utf-8"><body>{body}</body></html>'


def compose(
    message: Message, *, sender: str, sent_at: datetime, charset: str = "utf-8"
) -> EmailMessage:
    """The mail as it goes out. Line breaks in a header are taken out, never obeyed."""
    old = old_letters if charset == CHARSET else str
    mail = EmailMessage(policy=_OLD_HEADERS if charset == CHARSET else _HEADERS)
    mail["Subject"] = old(slot(message.subject, limit=_SUBJECT_MOST))
    mail["From"] = _address(old(sender))
    mail["To"] = _address(message.to)
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = f"<{_NOT_IN_ID.sub('', message.message_id)}>"
    before = [f"<{each}>" for each in message.refers_to if _ID_OF_OTHERS.fullmatch(each)]
    if before:
        mail["In-Reply-To"] = before[-1]
        mail["References"] = " ".join(before)
    mail["Auto-Submitted"] = "auto-generated"  # keeps holiday replies away
    body = old(clean_lines(message.body_text))
    mail.set_content(body, charset=charset, cte=_transfer(body, charset))
    if message.body_html is not None:
        page = old(clean_lines(message.body_html)).replace(
            'charset="utf-8"', f'charset="{charset}"'
        )
        mail.add_alternative(page, subtype="html", charset=charset, cte=_transfer(page, charset))
    return mail


class _Headers(EmailPolicy):
    """Message-IDs stay whole: the library would write a long one as encoded words, and the thread
    would be lost."""

    def fold(self, name: str, value: str) -> str:
        """One header with its name and line end."""
        if name.lower() in _THREAD:
            return f"{name}: " + "\r\n ".join(str(value).split()) + "\r\n"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same as bytes."""
        if name.lower() in _THREAD:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


class _OldHeaders(_Headers):
    """Headers are written in ISO-2022-JP too; the library would take UTF-8 for them."""

    def fold(self, name: str, value: str) -> str:
        """One header with its name and line end."""
        if str(value).isascii():
            return str(super().fold(name, value))
        people = getattr(value, "addresses", ())
        if not people:
            return self._written(name, str(value))
        (person,) = people
        return self._written(name, person.display_name).rstrip() + f" <{person.addr_spec}>\r\n"

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same as bytes."""
        return self.fold(name, value).encode("ascii")

    def _written(self, name: str, text: str) -> str:
        words = Header(text, CHARSET, header_name=name).encode(linesep="\r\n")
        return f"{name}: {words}\r\n"


_HEADERS = _Headers(linesep="\r\n")
_OLD_HEADERS = _OldHeaders(linesep="\r\n")


def _transfer(body: str, charset: str) -> str | None:
    """Old programs read ISO-2022-JP as it is, in seven bits; lines of a mail end at 998 bytes."""
    if charset != CHARSET:
        return None
    longest = max((len(line.encode(CHARSET)) for line in body.splitlines()), default=0)
    return "7bit" if longest <= _LINE_MOST else "base64"


def _address(text: str) -> Address:
    """Refuses what is not exactly one address: no line breaks, no second recipient."""
    name, bare = parseaddr(text)
    if slot(text, limit=_ADDRESS_MOST) != text or not _BARE.fullmatch(bare):
        raise ChannelError(f"{slot(text)!r} is not a mail address.", permanent=True)
    try:
        return Address(display_name=name, addr_spec=bare)
    except (ValueError, IndexError) as error:
        raise ChannelError(f"{slot(text)!r} is not a mail address.", permanent=True) from error


def _bare(text: str) -> str:
    return parseaddr(text)[1]


def _is_policy(said: bytes | str) -> bool:
    """5.7.x and a full mailbox are not about the address: relaying, SPF, blocked senders."""
    text = said.decode("latin-1") if isinstance(said, bytes) else said
    return bool(re.match(r"\s*5\.(?:7\.\d|2\.2|2\.3|3\.\d|4\.\d)", text))


def _is_final(error: smtplib.SMTPResponseException) -> bool:
    """A 5xx to this mail is final; one to our own sign-in is ours to repair and worth a retry."""
    return error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
