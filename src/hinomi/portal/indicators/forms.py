"""A person's word on a held value."""

from __future__ import annotations

from django import forms

DAYS = ((30, "30日"), (90, "90日"), (365, "1年"))


class AllowForm(forms.Form):
    """Why it is bad all the same, and for how long that holds: nothing is allowed for ever."""

    use_required_attribute = False

    kind = forms.CharField(max_length=10, widget=forms.HiddenInput)
    value = forms.CharField(max_length=2_048, widget=forms.HiddenInput)
    reason = forms.CharField(
        label="使う理由",
        help_text="あとで読む人のために、何で確かめたかを書いてください。",
        max_length=200,
        error_messages={
            "required": "使う理由を入力してください。",
            "max_length": "使う理由は200字までで入力してください。",
        },
    )
    days = forms.TypedChoiceField(label="使う期間", choices=DAYS, coerce=int, initial=30)

    def clean_reason(self) -> str:
        """One line without control characters."""
        text = str(self.cleaned_data["reason"])
        line = "".join(character for character in text if character.isprintable()).strip()
        if not line:
            raise forms.ValidationError("使う理由を入力してください。")
        return line
