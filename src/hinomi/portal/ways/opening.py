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
from hinomi.respond.channels.channel import ChannelError, Surroundings
from hinomi.respond.channels.registry import maker_class
from hinomi.store.sealed import unseal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.portal.ways.wanted import Wanted
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
    return _made(way, maker=way.maker, values={**way.options, **secrets_of(way)})


def require_usable(way: WayAccount, *, wanted: Wanted) -> None:
    """Raises ChannelError or NotOpened when no channel can be made of what is wanted."""
    kept = secrets_of(way)
    given = {name: text for name, text in wanted.secrets.items() if text}
    secrets = {name: kept.get(name, "") for name in wanted.secrets} | given
    _made(way, maker=wanted.maker, values={**wanted.options, **secrets})


def secrets_of(way: WayAccount) -> dict[str, str]:
    """The sealed settings. Raises NotOpened."""
    opened = unseal(way.secrets, data=configuration().data, about=way.pk)
    return json.loads(opened) if opened else {}


def _made(way: WayAccount, *, maker: str, values: Mapping[str, str]) -> Channel:
    """A setting that came with a newer version has its default; one that is missing is told."""
    found = maker_class(maker)
    full = {name: setting.default for name, setting in found.settings.items()} | dict(values)
    for name, setting in found.settings.items():
        if setting.is_required and not full[name]:
            raise ChannelError(f"The way has no {name}.", advice="Complete its settings.")
    return found.from_settings(full, surroundings=surroundings(way))


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
