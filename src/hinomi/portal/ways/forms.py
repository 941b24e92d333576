"""What we ask about a way: its settings as its class describes them, its quota and its price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms

from hinomi.portal.access.time import configuration
from hinomi.portal.ways.services import Wanted
from hinomi.respond.channels.channel import SettingKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from django.http import QueryDict

    from hinomi.portal.ways.models import WayAccount
    from hinomi.respond.channels.channel import Maker, Setting

_PREFIX = "set_"
_MOST = {SettingKind.LONG: 8_000, SettingKind.LONG_SECRET: 8_000}
_QUOTA, _PRICE = "monthly_quota", "unit_yen"


class WayForm(forms.Form):
    """Secrets are never shown; left empty they stay."""

    use_required_attribute = False

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        maker: type[Maker],
        way: WayAccount | None = None,
        unit_yen: Decimal | None = None,
    ) -> None:
        super().__init__(data)
        self.maker, self._way = maker, way
        kept = way.options if way else {}
        for name, setting in maker.settings.items():
            self.fields[_PREFIX + name] = _field(name, setting, kept, has_secrets=_has_secrets(way))
        self.fields[_QUOTA] = forms.IntegerField(
            label=f"ひと月の上限（{maker.unit_ja}）",
            help_text="8割で知らせます。使い切ったあとは、「今すぐ」のお知らせだけを送ります。",
            required=False, min_value=1, max_value=10_000_000,
            initial=way.monthly_quota if way else None,
            error_messages=_number_errors("上限"),
        )  # fmt: skip
        self.fields[_PRICE] = forms.DecimalField(
            label=f"1{maker.unit_ja}の値段（円・税抜き）",
            help_text="変えた値段は、今日から使います。",
            required=False, min_value=0, max_value=100_000, decimal_places=2,
            initial=unit_yen,
            error_messages=_number_errors("値段"),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Nothing that could steer a request's lines; addresses are https."""
        cleaned = super().clean() or self.cleaned_data
        for name, setting in self.maker.settings.items():
            text = str(cleaned.get(_PREFIX + name) or "")
            if setting.kind is SettingKind.URL and text and not _is_address(text):
                self.add_error(_PREFIX + name, "https:// で始まるアドレスを入力してください。")
            if setting.kind not in _MOST and not text.isprintable():
                self.add_error(_PREFIX + name, "見えない文字が入っています。入力し直してください。")
        return cleaned

    def wanted(self) -> Wanted:
        """What was said."""
        said = self.cleaned_data
        texts = {name: str(said[_PREFIX + name] or "") for name in self.maker.settings}
        secret = {name for name, setting in self.maker.settings.items() if setting.is_secret}
        return Wanted(
            maker=self.maker.maker,
            options={name: text for name, text in texts.items() if name not in secret},
            secrets={name: texts[name] for name in secret},
            monthly_quota=said[_QUOTA],
            unit_yen=said[_PRICE],
        )


class TrialForm(forms.Form):
    """Where a test message goes."""

    use_required_attribute = False

    to = forms.CharField(
        label="自分の宛先",
        max_length=254,
        error_messages={"required": "宛先を入力してください。", "max_length": "長すぎます。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _field(
    name: str, setting: Setting, kept: Mapping[str, str], *, has_secrets: bool
) -> forms.Field:
    errors = {"required": f"{setting.label}を入力してください。", "max_length": "長すぎます。"}
    is_left = setting.is_secret and has_secrets
    common: dict[str, Any] = {
        "label": setting.label,
        "help_text": "変えるときだけ入力してください。" if is_left else setting.support_text,
        "required": setting.is_required and not is_left,
        "initial": "" if setting.is_secret else kept.get(name, setting.default),
        "error_messages": errors,
    }
    if setting.kind is SettingKind.CHOICE:
        errors["invalid_choice"] = "一覧から選んでください。"
        return forms.ChoiceField(choices=setting.choices, **common)
    if setting.kind is SettingKind.NUMBER:
        return forms.IntegerField(
            min_value=1, max_value=65_535, **{**common, "error_messages": _number_errors("番号")}
        )
    return forms.CharField(
        max_length=_MOST.get(setting.kind, 500), widget=_widget(setting.kind), **common
    )


def _widget(kind: SettingKind) -> forms.Widget:
    if kind is SettingKind.SECRET:
        return forms.PasswordInput(attrs={"autocomplete": "new-password"})
    if kind in _MOST:
        return forms.Textarea(attrs={"rows": 4, "autocomplete": "off"})
    return forms.TextInput(attrs={"autocomplete": "off"})


def _number_errors(word: str) -> dict[str, str]:
    wrong = f"{word}を数字で入力してください。"
    names = ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places")
    return {"required": wrong, **dict.fromkeys(names, wrong)}


def _has_secrets(way: WayAccount | None) -> bool:
    return bool(way and way.secrets)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        known = parts.scheme == "https" or (parts.scheme == "http" and configuration().is_rehearsal)
        return known and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
