"""Setting up a telephone exchange: its name and how it tells of calls."""

from __future__ import annotations

from typing import Any

from django import forms

from hinomi.portal.calls.models import Speaks
from hinomi.portal.ui.visible import one_line

_ASK_FOR_IT = "Twilio の Auth Token を入力してください。"


class ExchangeForm(forms.Form):
    """The secret is made by us; Twilio has its own."""

    use_required_attribute = False
    name = forms.CharField(
        label="名前",
        help_text="例：本社の電話",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "名前を入力してください。", "max_length": "60字までです。"},
    )
    speaks = forms.TypedChoiceField(
        label="知らせ方",
        choices=Speaks.choices,
        coerce=Speaks,
        initial=Speaks.JSON,
        widget=forms.RadioSelect,
        error_messages={
            "required": "知らせ方を選んでください。",
            "invalid_choice": "一覧から選んでください。",
        },
    )
    token = forms.CharField(
        label="Auth Token",
        help_text="Twilio のときだけ。暗号にして保管し、画面には出しません。",
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"max_length": "長すぎます。"},
    )

    def clean_name(self) -> str:
        """One line without control characters."""
        text = one_line(self.cleaned_data["name"])
        if not text:
            raise forms.ValidationError("名前を入力してください。")
        return text

    def clean(self) -> dict[str, Any]:
        """Twilio signs with its own."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("speaks") != Speaks.TWILIO:
            cleaned["token"] = ""
        elif not cleaned.get("token"):
            self.add_error("token", _ASK_FOR_IT)
        return cleaned


class TokenForm(forms.Form):
    """Another Auth Token."""

    use_required_attribute = False
    token = forms.CharField(
        label="新しい Auth Token",
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _ASK_FOR_IT, "max_length": "長すぎます。"},
    )
