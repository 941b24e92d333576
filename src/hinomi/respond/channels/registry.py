"""Every way to reach a person, by name. A new one is a class in its own file and a line here.

Loaded on use: the bell of an installation that only sends mail loads no other way.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from hinomi.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.respond.channels.channel import Maker

# All kinds there are, in the order in which people read them.
KINDS = (
    "mail", "voice", "sms", "line", "line_works", "chatwork", "fax", "letter", "slack", "teams",
    "webhook",
)  # fmt: skip

# maker → module and class. Several makers of one kind: a firm chooses one.
_MAKERS: dict[str, tuple[str, str]] = {
    "mail": ("hinomi.respond.channels.mail", "Mail"),
    "voice_http": ("hinomi.respond.channels.carried", "CarriedCall"),
    "voice_twilio": ("hinomi.respond.channels.twilio", "TwilioCall"),
    "sms_http": ("hinomi.respond.channels.carried", "CarriedSms"),
    "sms_twilio": ("hinomi.respond.channels.twilio", "TwilioSms"),
    "line": ("hinomi.respond.channels.line", "Line"),
    "line_works": ("hinomi.respond.channels.line_works", "LineWorks"),
    "chatwork": ("hinomi.respond.channels.chatwork", "Chatwork"),
    "fax_mail": ("hinomi.respond.channels.fax", "Fax"),
    "letter": ("hinomi.respond.channels.letter", "Letter"),
    "slack": ("hinomi.respond.channels.hooks", "Slack"),
    "teams": ("hinomi.respond.channels.hooks", "Teams"),
    "webhook": ("hinomi.respond.channels.webhook", "Webhook"),
}


def maker_class(maker: str) -> type[Maker]:
    """The class of that name. Raises UsageError."""
    if maker not in _MAKERS:
        raise UsageError(f"No channel {maker!r}.", advice=f"Known: {', '.join(_MAKERS)}.")
    module, name = _MAKERS[maker]
    return cast("type[Maker]", getattr(importlib.import_module(module), name))


def all_makers() -> Mapping[str, type[Maker]]:
    """Every class by its name."""
    return {maker: maker_class(maker) for maker in _MAKERS}
