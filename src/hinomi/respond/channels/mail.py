"""Mail by SMTP. Builds a mail that cannot be bent by what stands in a log, and hands it over once.

A crash between the hand-over and its record may send a mail twice; its Message-ID stays the same,
so that mail programs fold the two.
"""

from __future__ import annotations

import html
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, ClassVar

from hinomi.respond.channels.channel import Channel, ChannelError, Message, Setting
from hinomi.respond.plain import plain
from hinomi.respond.slots import slot

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import Message as FinishedMail

    from hinomi.respond.text import CustomerText

_SUBJECT_MOST = 120
_ADDRESS_MOST = 254
_BARE = re.compile(r"[^\s<>,;:@\"]+@[^\s<>,;:@\"]+")
_NOT_IN_ID = re.compile("[^A-Za-z0-9.@_-]")
REPEAT_MARK = "【再送】"
_LINK_LABEL = "この件の画面（ログインして開きます）"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes out. Settings are passed in; this room reads no configuration."""

    host: str
    port: int
    use_tls: bool = False
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Mail(Channel):
    """Sends plain mail with an optional HTML part."""

    kind: ClassVar[str] = "mail"
    title_ja: ClassVar[str] = "メール"
    settings: ClassVar[dict[str, Setting]] = {
        "to": Setting("メールアドレス", support_text="お知らせを受け取る人のアドレス"),
    }

    server: MailServer
    sender: str
    sent_at: datetime
    timeout_s: float = 10.0

    def send(self, message: Message) -> None:
        """Hand over to the server. ChannelError.permanent when the address or mail is refused."""
        mail = compose(message, sender=self.sender, sent_at=self.sent_at)
        self.hand_over(mail, to=_bare(message.to))

    def hand_over(self, mail: FinishedMail, *, to: str) -> None:
        """One finished mail to one bare address. Errors as `send`."""
        try:
            with self._connect() as connection:
                connection.send_message(mail, from_addr=_bare(self.sender), to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as error:
            code = max((code for code, _ in error.recipients.values()), default=0)
            raise ChannelError(
                f"The mail server refused the recipient ({code}).",
                permanent=code >= 500,
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


def incident_body(text: CustomerText, *, url: str) -> str:
    """The text, then the page to open. The address names the 受付番号 only and asks to sign in."""
    link = f"{_LINK_LABEL}\n{url}\n\n" if url else ""
    head, _, closing = plain(text).rpartition("\n\n")
    return f"{head}\n\n{link}{closing}\n"


def incident_html(text: CustomerText, *, url: str) -> str:
    """The same words as HTML without style, script or pictures; every value escaped."""
    page = as_html(incident_body(text, url=url))
    if not url:
        return page
    address = html.escape(url)
    return page.replace(address, f'<a href="{address}">{address}</a>', 1)


def as_html(text: str) -> str:
    """Plain lines as a page of their own."""
    body = html.escape(text).replace("\n", "<br>\n")
    return f'<!doctype html><html lang="ja"><meta charset="utf-8"><body>{body}</body></html>'


def compose(message: Message, *, sender: str, sent_at: datetime) -> EmailMessage:
    """The mail as it goes out. Line breaks in a header are taken out, never obeyed."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = slot(message.subject, limit=_SUBJECT_MOST)
    mail["From"] = _address(sender)
    mail["To"] = _address(message.to)
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = f"<{_NOT_IN_ID.sub('', message.message_id)}>"
    mail["Auto-Submitted"] = "auto-generated"  # keeps holiday replies away
    mail.set_content(message.body_text)
    if message.body_html is not None:
        mail.add_alternative(message.body_html, subtype="html")
    return mail


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


def _is_final(error: smtplib.SMTPResponseException) -> bool:
    """A 5xx to this mail is final; one to our own sign-in is ours to repair and worth a retry."""
    return error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
