"""止めてよいもの: one form for each line, and three empty ones below."""

from __future__ import annotations

from typing import Any

from django import forms

from hinomi.business.phone_numbers import NotAPhone, read_phone
from hinomi.business.stopping import Alone, StopLine
from hinomi.portal.duties.stops import MOST_LINES
from hinomi.portal.ui.visible import one_line

_TIME = {"invalid": "「18:00」のように入力してください。"}


def _phone(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=40,
        widget=forms.TextInput({"type": "tel", "autocomplete": "off"}),
    )


def _time(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages=_TIME,
    )


class LineForm(forms.Form):
    """One device or service. Without its name the line is left out."""

    use_required_attribute = False

    thing = forms.CharField(label="機器・サービス", required=False, max_length=80)
    cost = forms.CharField(
        label="止めると困ること・費用", required=False, max_length=200,
        widget=forms.Textarea({"rows": 2}),
    )  # fmt: skip
    alone = forms.ChoiceField(
        label="聞かずに止めてよいか",
        required=False,
        choices=[(each.value, each.ja) for each in Alone],
    )
    since = _time("よい時間の始まり")
    until = _time("よい時間の終わり")
    decider = forms.CharField(label="止めると決める人", required=False, max_length=80)
    phone = _phone("その人の電話")
    deputy = forms.CharField(label="いないときに決める人", required=False, max_length=80)
    deputy_phone = _phone("いないときの人の電話")

    def clean(self) -> dict[str, Any]:
        """A line that is begun says who decides and how to ring them."""
        data = super().clean() or {}
        if not one_line(data.get("thing", "")):
            if any(str(value).strip() for name, value in data.items() if name != "alone" and value):
                self.add_error("thing", "機器・サービスの名前を入力してください。")
            return data
        for name, text in (
            ("cost", "止めると困ることを入力してください。なければ「なし」と書きます。"),
            ("decider", "止めると決める人の名前を入力してください。"),
            ("phone", "決める人の電話番号を入力してください。"),
        ):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, text)
        if bool(data.get("deputy")) != bool(data.get("deputy_phone")):
            self.add_error(
                "deputy_phone", "いないときの人は、名前と電話番号の両方を入力してください。"
            )
        if (data.get("since") is None) != (data.get("until") is None):
            self.add_error("until", "よい時間は、始まりと終わりの両方を入力してください。")
        return data

    def clean_phone(self) -> str:
        """As numbers are written everywhere."""
        return self._number("phone")

    def clean_deputy_phone(self) -> str:
        """As numbers are written everywhere."""
        return self._number("deputy_phone")

    def _number(self, name: str) -> str:
        text = str(self.cleaned_data[name]).strip()
        try:
            return read_phone(text).written if text else ""
        except NotAPhone as error:
            raise forms.ValidationError(error.words_ja) from error

    def line(self) -> StopLine | None:
        """The line; None for an empty one."""
        data = self.cleaned_data
        if not one_line(data["thing"]):
            return None
        return StopLine(
            thing=one_line(data["thing"]),
            cost=one_line(data["cost"]),
            alone=Alone(data["alone"] or Alone.NOBODY.value),
            since=data["since"],
            until=data["until"],
            decider=one_line(data["decider"]),
            phone=data["phone"],
            deputy=one_line(data["deputy"]),
            deputy_phone=data["deputy_phone"],
        )


LineForms = forms.formset_factory(
    LineForm, extra=3, max_num=MOST_LINES, absolute_max=MOST_LINES + 3
)


class SeenForm(forms.Form):
    """The version that the person saw; 0 for none."""

    seen = forms.IntegerField(min_value=0, max_value=1_000_000, widget=forms.HiddenInput)
