"""Forms about escalations."""

from __future__ import annotations

from django import forms


class ReachedForm(forms.Form):
    """The desk spoke to somebody."""

    use_required_attribute = False

    who = forms.CharField(
        label="話した人",
        max_length=100,
        error_messages={"required": "話した人の名前を入力してください。"},
    )
    said = forms.CharField(
        label="聞いたこと",
        help_text="例：線を抜いた。電源は入れたまま",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "聞いたことを入力してください。"},
    )
