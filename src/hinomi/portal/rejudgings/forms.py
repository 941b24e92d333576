"""The answer to one drawn decision."""

from __future__ import annotations

from typing import Any

from django import forms

from hinomi.portal.rejudgings.models import Verdict

_CHOICES = [(each.value, each.label) for each in Verdict if each.value]


class JudgeForm(forms.Form):
    """Which button was pressed, and why. Only 正しい speaks for itself."""

    use_required_attribute = False

    reason = forms.CharField(
        label="理由",
        help_text="「違っていた」「わからない」のときは、必ず書いてください。",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": "500字までで入力してください。"},
    )
    verdict = forms.ChoiceField(
        label="答え",
        choices=_CHOICES,
        widget=forms.HiddenInput,
        error_messages={
            "required": "3つのボタンから、1つを押してください。",
            "invalid_choice": "3つのボタンから、1つを押してください。",
        },
    )

    def clean(self) -> dict[str, Any]:
        """What somebody else acts on needs its reason."""
        given = super().clean() or {}
        says = given.get("verdict")
        if says and says != Verdict.RIGHT and not given.get("reason", "").strip():
            self.add_error("reason", "理由を書いてください。次の人が、これを読んで動きます。")
        return given
