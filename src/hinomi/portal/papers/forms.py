"""Forms about the legal clocks and the fields of papers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.business.legal_clocks import Clock
from hinomi.portal.papers.kinds import kind_of
from hinomi.portal.papers.models import BREACHES

if TYPE_CHECKING:
    from django.forms import BoundField

_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


def _moment(label: str) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        input_formats=_FORMATS,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        error_messages={
            "required": "日付と時刻を入力してください。",
            "invalid": "日付と時刻を入力してください。例：2026-11-20 10:12",
        },
    )


class RecognitionForm(forms.Form):
    """認知: when, who, why, and what kind of leak. Carries the place that the person saw."""

    use_required_attribute = False

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10_000)
    at = _moment("知った時刻（日本時間）")
    known_by = forms.CharField(
        label="知った人",
        max_length=200,
        help_text="お客様の会社で、はじめに知った人の名前と役目",
        error_messages={"required": "知った人を入力してください。"},
    )
    reason = forms.CharField(
        label="この時刻とした理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="例：10時12分の電話で、顧客名簿が開けないと聞いた",
        error_messages={"required": "この時刻とした理由を入力してください。"},
    )
    breach = forms.ChoiceField(
        label="どのような漏えいですか",
        choices=BREACHES,
        widget=forms.RadioSelect,
        error_messages={"required": "どのような漏えいかを選んでください。"},
    )


class DeliveryForm(forms.Form):
    """A report was handed in."""

    use_required_attribute = False

    clock = forms.ChoiceField(
        label="どの報告ですか",
        choices=[(clock.value, clock.ja) for clock in Clock],
        widget=forms.RadioSelect,
        error_messages={"required": "速報か確報かを選んでください。"},
    )
    delivered_at = _moment("提出した時刻（日本時間）")
    receipt = forms.CharField(label="受付の番号や控え", required=False, max_length=200)


class FieldsForm(forms.Form):
    """The fields of one paper, and the version that the person saw."""

    use_required_attribute = False

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:  # noqa: ANN401 - as in Django
        super().__init__(*args, **kwargs)
        for each in kind_of(kind).fields:
            self.fields[each.name] = forms.CharField(
                label=each.label,
                help_text=each.help,
                required=False,
                max_length=4_000,
                widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={"max_length": "4,000字までで入力してください。"},
            )

    @property
    def written(self) -> list[BoundField]:
        """The fields that a person sees."""
        return self.visible_fields()

    @property
    def said(self) -> dict[str, str]:
        """What stands in each field, with one kind of line end."""
        return {
            name: str(value).replace("\r\n", "\n")
            for name, value in self.cleaned_data.items()
            if name != "seen"
        }

    @property
    def seen_version(self) -> int:
        """The version the person saw; 0: none."""
        version: int = self.cleaned_data["seen"]
        return version
