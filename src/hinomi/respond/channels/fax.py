"""FAX by a mail gateway: a mail with one page as PDF to an address that holds the number."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, Self

from hinomi.respond.channels.channel import (
    Channel,
    ChannelError,
    MailOut,
    Message,
    Receipt,
    Setting,
    SettingKind,
    Surroundings,
)
from hinomi.respond.channels.phones import domestic
from hinomi.respond.sheets import fax_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER = "{number}"


@dataclass(frozen=True, slots=True)
class Fax(Channel):
    """`to` is the FAX number. Goes out by the house's mail server."""

    kind: ClassVar[str] = "fax"
    maker: ClassVar[str] = "fax_mail"
    title_ja: ClassVar[str] = "FAX"
    unit_ja: ClassVar[str] = "枚"
    is_for_staff: ClassVar[bool] = False
    settings: ClassVar[dict[str, Setting]] = {
        "address": Setting(
            "取り次ぎのアドレス",
            support_text="番号の入る所に {number} と書きます。例：{number}@fax.example.jp",
        ),
        "back": Setting("返信を受けるFAX番号", is_required=False),
        "return_from": Setting(
            "返信FAXのメールの差出人",
            support_text="取り次ぎの会社が届いたFAXを送るときの差出人です。"
            "例：fax@fax.example.jp、番号が入るなら @fax.example.jp",
            is_required=False,
        ),
        "gateway_subject": Setting(
            "件名の決まり文句",
            support_text="取り次ぎの会社が件名に求める合言葉や番号です。",
            kind=SettingKind.SECRET,
            is_required=False,
        ),
    }

    address: str
    back: str
    service_name: str
    mail: MailOut
    gateway_subject: str = field(default="", repr=False)

    @classmethod
    def from_settings(cls, values: Mapping[str, str], *, surroundings: Surroundings) -> Self:
        """Raises ChannelError without a mail server, or for an address without its number."""
        if surroundings.house_mail is None:
            raise ChannelError("FAX goes by mail, and no mail server is set.", advice="HINOMI_SMTP")
        if values["address"].count(_NUMBER) != 1 or "@" not in values["address"]:
            raise ChannelError("The address of the FAX gateway has no {number}.", permanent=True)
        return cls(
            address=values["address"],
            back=values.get("back", ""),
            service_name=surroundings.service_name,
            mail=surroundings.house_mail,
            gateway_subject=values.get("gateway_subject", ""),
        )

    def send(self, message: Message) -> Receipt:
        """The mail holds no text: many gateways would print it as a page of its own."""
        number = domestic(message.to)
        page = fax_sheet(message, service_name=self.service_name, back=self.back)
        mail = replace(
            message,
            to=self.address.replace(_NUMBER, number),
            subject=self.gateway_subject or message.number or "FAX",
            body_text="",
            body_html=None,
        )
        return self.mail.send_with(mail, attachment=page, file_name="fax.pdf")
