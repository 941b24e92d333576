"""FAX, letter and mail, over a real mail server where there is one."""

from __future__ import annotations

import email
import email.policy
import socket
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from hinomi.respond.channels.channel import ChannelError, Message, Surroundings
from hinomi.respond.channels.fax import Fax
from hinomi.respond.channels.letter import Letter
from hinomi.respond.channels.mail import Mail, MailServer
from hinomi.respond.sheets import fax_sheet, letter_sheet
from tests.respond.conftest import NOW, SECRET, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

pytestmark = pytest.mark.sockets

ADDRESS = "〒604-0000\n京都市中京区一之船入町1-2-3\n株式会社青葉工務店\n青葉 葵 様"


class Post:
    """Takes mails, or answers `says`."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.says = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.says.startswith("250"):
            self.taken.append(envelope)
        return self.says


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def mail(post: Post) -> Iterator[Mail]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    yield Mail(
        server=MailServer("127.0.0.1", port, user="", password=""),
        sender="見守り <tower@hinomi.example>",
        sent_at=NOW,
        bounce_to="bounces@hinomi.example",
    )
    controller.stop()


def arrived(post: Post) -> EmailMessage:
    (envelope,) = post.taken
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def fax_over(mail: Mail, **changes: str) -> Fax:
    values = {"address": "{number}@fax.example", "back": "03-0000-0001", "gateway_subject": SECRET}
    house = Surroundings(now=lambda: NOW, service_name="まちの見守り", house_mail=mail)
    return Fax.from_settings(values | changes, surroundings=house)


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_a_mail_bounces_to_the_address_for_bounces(mail: Mail, post: Post) -> None:
    receipt = mail.send(message(to="aoi@aoba.example"))
    assert receipt.provider_id == "m-1@hinomi.example"
    assert post.taken[0].mail_from == "bounces@hinomi.example"
    assert arrived(post)["From"] == "見守り <tower@hinomi.example>"


@pytest.mark.parametrize(("says", "permanent"), [("550 no", True), ("451 later", False)])
def test_a_server_that_refuses_says_for_how_long(
    mail: Mail, post: Post, says: str, permanent: bool
) -> None:
    post.says = says
    with pytest.raises(ChannelError) as caught:
        mail.send(message(to="aoi@aoba.example"))
    assert caught.value.permanent is permanent


def test_a_fax_is_one_page_to_the_number_in_the_address(mail: Mail, post: Post) -> None:
    fax_over(mail).send(message(to="03-1234-5678"))
    got = arrived(post)
    assert post.taken[0].rcpt_tos == ["0312345678@fax.example"]
    assert got["Subject"] == SECRET
    (part,) = got.iter_attachments()
    pdf = part.get_payload(decode=True)
    assert isinstance(pdf, bytes)
    assert len(PdfReader(BytesIO(pdf)).pages) == 1
    text = text_of(pdf)
    for each in ("できた", "できない・わからない", "K-2041", "03-0000-0000", "03-0000-0001"):
        assert each in text


def test_a_gateways_address_without_its_number_is_refused(mail: Mail) -> None:
    with pytest.raises(ChannelError):
        fax_over(mail, address="fax@example.jp")


def test_a_fax_to_what_is_no_number_stays_here(mail: Mail, post: Post) -> None:
    with pytest.raises(ChannelError) as caught:
        fax_over(mail).send(message(to="03-1234-5678@evil.example,x"))
    assert caught.value.permanent
    assert post.taken == []


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(codec=None, categories=None), max_size=3_000))
def test_whatever_it_says_a_fax_is_one_page(text: str) -> None:
    pdf = fax_sheet(message(body_text=text, subject=text[:200]), service_name="見守り", back="")
    assert len(PdfReader(BytesIO(pdf)).pages) == 1


def test_a_fax_that_leaves_something_out_says_so() -> None:
    long = message(body_text="\n".join(f"{line}行目です。" for line in range(200)))
    text = text_of(fax_sheet(long, service_name="見守り", back=""))
    assert "続きは、電話でお聞きください" in text
    assert "1 行目です" in text


def test_papers_are_tagged_and_obey_no_text() -> None:
    hostile = message(to=ADDRESS, body_text='#eval("1") $x$ @ref <label> ```raw``` \\ {z}')
    for pdf in (
        fax_sheet(hostile, service_name="見守り", back=""),
        letter_sheet(hostile, service_name="見守り", made_at=NOW),
    ):
        reader = PdfReader(BytesIO(pdf))
        assert "/StructTreeRoot" in reader.trailer["/Root"]
        assert '#eval("1")' in text_of(pdf)


def test_a_letter_shows_its_address_and_the_number_to_ring() -> None:
    text = text_of(letter_sheet(message(to=ADDRESS), service_name="見守り", made_at=NOW))
    for each in ("青葉 葵 様", "03-0000-0000", "2026年11月20日"):
        assert each.replace(" ", "") in text.replace(" ", "")


def test_a_letter_lies_at_the_desk_once_it_is_taken() -> None:
    lying: list[Message] = []
    house = Surroundings(now=lambda: NOW, service_name="x", put_letter=lying.append)
    letter = Letter.from_settings({}, surroundings=house)
    assert letter.send(message(to=ADDRESS)).provider_id == "m-1@hinomi.example"
    assert [each.to for each in lying] == [ADDRESS]
    with pytest.raises(ChannelError) as caught:
        letter.send(message(to="青葉工務店"))
    assert caught.value.permanent
