"""A firm's ways, opened and ready to send. Where it has set up no mail, the house's own is used."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from hinomi.core.errors import HinomiError
from hinomi.portal.access.mail import mail_channel
from hinomi.portal.access.time import configuration, now
from hinomi.portal.ways.letters import put_letter
from hinomi.portal.ways.models import WayAccount
from hinomi.respond.channels.channel import Surroundings
from hinomi.respond.channels.registry import maker_class
from hinomi.store.sealed import unseal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.respond.channels.channel import Channel, Message

log = logging.getLogger(__name__)


def channels_of(firm_id: str) -> Mapping[str, Channel]:
    """kind → the way, but those that are paused. One that cannot be opened is left out and told in
    the log: the others must not wait for it."""
    found: dict[str, Channel] = {}
    mail = mail_channel()
    if mail is not None:
        found[mail.kind] = mail
    rows = WayAccount.objects.of_firm(firm_id).filter(removed_at=None, paused_at=None)
    for way in rows.order_by("kind"):
        try:
            found[way.kind] = channel_of(way)
        except HinomiError as error:
            log.warning("the way %s cannot be used: %s", way.pk, error)
    return found


def channel_of(way: WayAccount) -> Channel:
    """One way ready to send. Raises ChannelError, NotOpened."""
    maker = maker_class(way.maker)
    values = {**way.options, **secrets_of(way)}
    return maker.from_settings(values, surroundings=surroundings(way))


def secrets_of(way: WayAccount) -> dict[str, str]:
    """The sealed settings. Raises NotOpened."""
    opened = unseal(way.secrets, data=configuration().data, about=way.pk)
    return json.loads(opened) if opened else {}


def surroundings(way: WayAccount) -> Surroundings:
    """What a way is told of this house."""
    config = configuration()
    firm_id = way.firm_id

    def put(message: Message) -> None:
        put_letter(firm_id=firm_id, message=message)

    return Surroundings(
        now=now,
        service_name=config.service_name,
        callback_url=f"{config.public_url}/ways/reports/{way.pk}/" if config.public_url else "",
        house_mail=mail_channel(),
        put_letter=put,
        reaches_inside=config.is_rehearsal,
    )
