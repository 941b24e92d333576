"""A passkey's name, and the device's answer that the page's script puts beside it."""

from __future__ import annotations

from django import forms

from hinomi.portal.accounts.models import Passkey

_LONGEST_ANSWER = 20_000  # the longest real ones have about 3,000 characters


class PasskeyForm(forms.Form):
    """For adding (with an answer) and for renaming (without)."""

    use_required_attribute = False
    name = forms.CharField(
        label="名前",
        help_text="どの端末かが分かる名前（例：会社のスマートフォン）",
        max_length=Passkey._meta.get_field("name").max_length,
        error_messages={"required": "名前を入力してください。"},
    )
    answer = forms.CharField(required=False, max_length=_LONGEST_ANSWER, widget=forms.HiddenInput)

    def clean_name(self) -> str:
        """One line without control characters."""
        text = "".join(char for char in self.cleaned_data["name"] if char.isprintable()).strip()
        if not text:
            raise forms.ValidationError("名前を入力してください。")
        return text


class AnswerForm(forms.Form):
    """The device's answer at the door."""

    answer = forms.CharField(max_length=_LONGEST_ANSWER)
