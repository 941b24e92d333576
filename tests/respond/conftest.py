"""Every way out, set up against a carrier on loopback."""

from __future__ import annotations

import base64
import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hinomi.respond.channels.channel import Message, Surroundings
from hinomi.respond.channels.registry import maker_class
from tests.respond.carrier_server import CarrierServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.respond.channels.channel import Maker

NOW = datetime(2026, 11, 20, 1, 12, tzinfo=UTC)
SECRET = "s3cr3t-key-9f8e7d"
HOOK_KEY = base64.b64encode(SECRET.encode() * 2).decode()


@pytest.fixture
def carrier() -> Iterator[CarrierServer]:
    server = CarrierServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def message(**changes: str) -> Message:
    """One that every way can carry."""
    values = {
        "to": "09012345678",
        "subject": "【まちの見守り】今すぐ：見出し",
        "body_text": "経理2番の\n線を抜いてください。",
        "message_id": "m-1@hinomi.example",
        "text_short": "【まちの見守り】今すぐ：お電話ください 03-0000-0000（K-2041）",
        "spoken": "まちの見守りです。1を押してください。",
        "press_url": "https://tower.example/calls/abc/?a=1&b=2",
        "number": "K-2041",
        "phone": "03-0000-0000",
    }
    return Message(**(values | changes))


def made(maker: str, at: CarrierServer, private_key: str, /, **changes: str) -> Maker:
    """The way, its carrier at `at`."""
    values = {
        **{name: setting.default for name, setting in maker_class(maker).settings.items()},
        "base_url": at.url,
        "hook_url": f"{at.url}/services/{SECRET}",
        "url": f"{at.url}/hook",
        "token_url": f"{at.url}/token",
        "key": HOOK_KEY if maker == "webhook" else SECRET,
        "client_secret": SECRET,
        "private_key": private_key,
        "account": "AC1",
        "client": "client-1",
        "bot": "bot-1",
        "sender": "+815012345678",
    }
    way = maker_class(maker).from_settings(
        values | changes,
        surroundings=Surroundings(
            now=lambda: NOW, service_name="まちの見守り", reaches_inside=True,
            callback_url="https://tower.example/ways/reports/way_1/",
        ),
    )  # fmt: skip
    return impatient(way)


def impatient(way: Maker) -> Maker:
    """The same, but it waits a quarter of a second."""
    if hasattr(way, "account") and not isinstance(way.account, str):
        return dataclasses.replace(way, account=impatient(way.account))  # type: ignore[type-var]
    poster = dataclasses.replace(way.poster, timeout_s=0.25, answer_s=0.4)  # type: ignore[attr-defined]
    return dataclasses.replace(way, poster=poster)  # type: ignore[type-var]
