"""What strangers ask and customers report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from hinomi.portal.forgeries.models import Way
from hinomi.portal.forgeries.queries import number_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hinomi.portal.organisations.models import Organisation


class GenuineForm(forms.Form):
    """受付番号 in any spelling."""

    use_required_attribute = False
    number = forms.CharField(
        label="受付番号",
        help_text="K-から始まる番号です。例：K-2041",
        max_length=40,
        error_messages={"required": "受付番号を入力してください。"},
    )

    def clean_number(self) -> str:
        """In our spelling."""
        number = number_in(self.cleaned_data["number"])
        if not number:
            raise forms.ValidationError("K-と数字で入力してください。例：K-2041")
        return number


class ReportForm(forms.Form):
    """The doubtful message as text. What was typed stays on an error."""

    use_required_attribute = False
    company = forms.ChoiceField(label="会社")
    way = forms.ChoiceField(
        label="どこに来ましたか",
        choices=Way.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "どこに来たかを選んでください。"},
    )
    text = forms.CharField(
        label="書かれていたこと、言われたこと",
        help_text="文面をそのまま貼ってください。リンクは開かないでください。",
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={
            "required": "書かれていたことを入力してください。",
            "max_length": "5,000字までで入力してください。",
        },
    )
    did_something = forms.BooleanField(
        label="リンクを開いた、何か入力した、お金を払った人がいます", required=False
    )

    def __init__(self, *args: object, companies: Iterable[Organisation], **kwargs: object) -> None:
        """`companies`: those the person may report for; one is not asked about."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(each.pk, each.name) for each in companies]
        self.fields["company"].choices = choices  # type: ignore[attr-defined]
        self.asks_company = len(choices) > 1
        if not self.asks_company:
            self.fields["company"].required = False

    def clean_text(self) -> str:
        """Without control characters: it is shown, and only shown."""
        text = self.cleaned_data["text"]
        return "".join(char for char in text if char in "\n\t" or char.isprintable())

    def company_id(self) -> str:
        """After `is_valid`."""
        chosen: str = self.cleaned_data["company"]
        return chosen or str(self.fields["company"].choices[0][0])  # type: ignore[attr-defined]
