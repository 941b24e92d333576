"""How django-allauth behaves here: nobody signs up by themselves, codes come by our mail, and the
secrets of second factors are encrypted in the database."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hinomi.portal.access.keys import read_or_draw
from hinomi.portal.access.time import configuration
from hinomi.portal.accounts.post import send_soon

if TYPE_CHECKING:
    from django.http import HttpRequest

_KEY_ID = "1"
_NONCE_BYTES = 12
_WRONG = "番号が違うか、使える時間が過ぎています。いちばん新しい番号を入力してください。"
_TOO_OFTEN = (
    "短いあいだに何度も試されたので、いまは受け付けていません。"
    "5分ほど待ってから、もう一度試してください。"
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """E-mail codes for known people only."""

    # allauth says コード where our pages say 番号, and no way on.
    error_messages: ClassVar[dict[str, str]] = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _WRONG,
        "too_many_login_attempts": _TOO_OFTEN,
        "rate_limited": _TOO_OFTEN,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are added by the provider or by their company's owner."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, object]) -> None:
        """Beside the request, so that its time tells nobody whether the address is known."""
        send_soon(self.render_mail(template_prefix, email, {"email": email, **context}))

    def get_from_email(self) -> str:
        """The provider's sender address."""
        return configuration().mail_from

    def format_email_subject(self, subject: str) -> str:
        """The service's name first, as in every mail we send."""
        return f"【{configuration().service_name}】{subject}"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """AES-GCM with a key id, so that keys can be changed one day without asking everybody."""

    error_messages: ClassVar[dict[str, str]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _WRONG,
    }

    def get_totp_issuer(self) -> str:
        """The service's name, as authenticator apps show it."""
        return configuration().service_name

    def encrypt(self, text: str) -> str:
        """`<key id>:<base64 of nonce and ciphertext>`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + _cipher().encrypt(nonce, text.encode(), _KEY_ID.encode())
        return f"{_KEY_ID}:{base64.b64encode(sealed).decode()}"

    def decrypt(self, encrypted_text: str) -> str:
        """Raises InvalidTag when the stored text was changed or the key is another."""
        key_id, _, body = encrypted_text.partition(":")
        sealed = base64.b64decode(body)
        nonce, cipher_text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return _cipher().decrypt(nonce, cipher_text, key_id.encode()).decode()


def _cipher() -> AESGCM:
    return AESGCM(read_or_draw(configuration().data, name="second-factor"))
