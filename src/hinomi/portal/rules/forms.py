"""A person's word on a held rule."""

from __future__ import annotations

from django import forms

from hinomi.pipeline.packs.state import Verb

DAYS = ((7, "7日"), (30, "30日"), (90, "90日"))
VERBS = (
    (Verb.RESUME.value, "お知らせを再開する"),
    (Verb.KEEP.value, "止めたままにする"),
)


class DecisionForm(forms.Form):
    """What, why, and for how long: nothing stays quiet for ever."""

    use_required_attribute = False

    verb = forms.ChoiceField(
        label="このルールをどうしますか",
        choices=VERBS,
        widget=forms.RadioSelect,
        error_messages={"required": "どうするかを選んでください。"},
    )
    reason = forms.CharField(
        label="理由",
        help_text="あとで読む人のために、何で確かめたかを書いてください。",
        max_length=200,
        error_messages={
            "required": "理由を入力してください。",
            "max_length": "理由は200字までで入力してください。",
        },
    )
    days = forms.TypedChoiceField(
        label="止めておく期間",
        help_text="この期間が過ぎると、お知らせを再開します。再開を選んだときは関係ありません。",
        choices=DAYS,
        coerce=int,
        initial=30,
    )

    def clean_reason(self) -> str:
        """One line without control characters."""
        text = str(self.cleaned_data["reason"])
        line = "".join(character for character in text if character.isprintable()).strip()
        if not line:
            raise forms.ValidationError("理由を入力してください。")
        return line
