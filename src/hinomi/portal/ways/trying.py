"""Tries a way while a person waits: one marked test message to that person, over the very class
that will send the real ones."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from hinomi.core.errors import HinomiError
from hinomi.portal.access.time import configuration, now
from hinomi.portal.ways import services
from hinomi.portal.ways.models import WayAccount
from hinomi.portal.ways.opening import channel_of
from hinomi.respond.channels.channel import ChannelError, Message

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User

_PAUSE = timedelta(seconds=10)  # a double click sends once
JUST_TRIED = "さきほど送りました。10秒待ってから、もう一度試してください。"
_REFUSED = "相手に断られました。宛先と設定を確かめてください。"
_LATER = "いまは送れませんでした。鍵と接続先を確かめて、もう一度試してください。"
_UNUSABLE = "この設定では送れません。鍵をもう一度入力してください。"


def try_way(*, way: WayAccount, to: str, user: User) -> str:
    """What went wrong, in a sentence; "" when the next hop took it."""
    moment = now()
    free = Q(tried_at=None) | Q(tried_at__lt=moment - _PAUSE)
    rows = WayAccount.objects.of_firm(way.firm_id).filter(free, pk=way.pk)
    if not rows.update(tried_at=moment):
        return JUST_TRIED
    trouble = ""
    try:
        receipt = channel_of(way).send(_message(way, to=to))
    except ChannelError as error:
        trouble = f"{_REFUSED if error.permanent else _LATER}（{error.message}）"
    except HinomiError:
        trouble = _UNUSABLE
    else:
        services.count(way.firm_id, way.kind, receipt, moment)
    services.note_trial(way=way, trouble=trouble, moment=moment, user=user)
    return trouble


def _message(way: WayAccount, *, to: str) -> Message:
    config = configuration()
    name, phone = config.service_name, config.provider_phone
    body = "これは試しのお知らせです。何もする必要はありません。"
    return Message(
        to=to,
        subject=f"【{name}】試しのお知らせ",
        body_text=body,
        message_id=f"try-{way.pk}-{int(now().timestamp())}@{_domain(config.mail_from)}",
        text_short=f"【{name[:20]}】試しのお知らせです。何もする必要はありません。",
        spoken=f"{name}です。これは試しの電話です。何もする必要はありません。",
        number="",
        phone=phone,
    )


def _domain(mail_from: str) -> str:
    return mail_from.rpartition("@")[2].strip("> ") or "localhost"
