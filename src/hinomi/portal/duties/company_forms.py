"""Forms that a company fills in, or that are filled in with it: its nights, its long holidays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.timezone import localdate

from hinomi.business.night import NightAct, Rung
from hinomi.portal.access.time import now

if TYPE_CHECKING:
    from datetime import date

_DATE = {
    "required": "日付を入力してください。",
    "invalid": "「2026-12-31」のように入力してください。",
}
_TIME = {"invalid": "「22:00」のように入力してください。"}
_CHOICE = {"required": "1つ選んでください。", "invalid_choice": "一覧から選んでください。"}
_PHONE = re.compile(r"\+?[0-9]{9,14}")


class NightForm(forms.Form):
    """夜間の約束, as the customer agreed to it."""

    use_required_attribute = False

    acts = forms.MultipleChoiceField(
        label="夜に、人の確認を待たずにしてよいこと",
        choices=[(each.value, each.ja) for each in NightAct],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages=_CHOICE,
    )
    rung = forms.ChoiceField(
        label="夜の電話",
        choices=[(each.value, each.ja) for each in Rung],
        widget=forms.RadioSelect,
        error_messages=_CHOICE,
    )
    rung_until = forms.TimeField(
        label="電話してよい時刻の終わり",
        required=False,
        widget=forms.TimeInput({"type": "time"}),
        help_text="空のときは、一晩中です。",
        error_messages=_TIME,
    )
    waits = forms.CharField(
        label="朝まで待つこと",
        required=False,
        max_length=600,
        widget=forms.Textarea({"rows": 3}),
        help_text="例：今日中と確認だけのお知らせは、朝の8時30分に送ります。",
        error_messages={"max_length": "600字までで入力してください。"},
    )
    opens = forms.TimeField(
        label="昼の始まり",
        required=False,
        widget=forms.TimeInput({"type": "time"}),
        help_text="空のときは、会社の開く時刻と閉まる時刻です。",
        error_messages=_TIME,
    )
    closes = forms.TimeField(
        label="昼の終わり",
        required=False,
        widget=forms.TimeInput({"type": "time"}),
        error_messages=_TIME,
    )
    agreed_by = forms.CharField(
        label="同意した人の役職と名前",
        max_length=120,
        help_text="例：代表取締役 青葉太郎",
        error_messages={"required": "同意した人の役職と名前を入力してください。"},
    )
    agreed_on = forms.DateField(
        label="同意した日", widget=forms.DateInput({"type": "date"}), error_messages=_DATE
    )

    def clean_agreed_on(self) -> date:
        """Nobody agreed tomorrow."""
        day: date = self.cleaned_data["agreed_on"]
        if day > localdate(now()):
            raise forms.ValidationError("今日か、今日より前の日付を入力してください。")
        return day

    def clean(self) -> dict[str, Any]:
        """Hours have both ends, in order."""
        data = super().clean() or {}
        opens, closes = data.get("opens"), data.get("closes")
        if (opens is None) != (closes is None):
            self.add_error("closes", "昼の始まりと終わりは、両方とも入力してください。")
        elif opens and closes and opens >= closes:
            self.add_error("closes", "昼の終わりは、昼の始まりよりあとにしてください。")
        return data


class ClosureForm(forms.Form):
    """閉まる日と緊急連絡先."""

    use_required_attribute = False

    first = forms.DateField(
        label="休みの初日", widget=forms.DateInput({"type": "date"}), error_messages=_DATE
    )
    last = forms.DateField(
        label="休みの最終日", widget=forms.DateInput({"type": "date"}), error_messages=_DATE
    )
    contact_name = forms.CharField(
        label="休みのあいだに連絡がつく人",
        max_length=120,
        error_messages={"required": "連絡がつく人の名前を入力してください。"},
    )
    contact_phone = forms.CharField(
        label="その人の電話番号",
        max_length=40,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
        help_text="例：090-1234-5678",
        error_messages={"required": "電話番号を入力してください。"},
    )
    remark = forms.CharField(
        label="伝えておきたいこと",
        required=False,
        max_length=300,
        help_text="例：12月30日の午前だけ、事務所に人がいます。",
        error_messages={"max_length": "300字までで入力してください。"},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, asked: date, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.asked = asked

    def clean_contact_phone(self) -> str:
        """Digits, however they are parted."""
        text = str(self.cleaned_data["contact_phone"]).strip()
        if not _PHONE.fullmatch(re.sub(r"[-\s()（）－ー]", "", text)):
            raise forms.ValidationError("「090-1234-5678」のように入力してください。")
        return text

    def clean(self) -> dict[str, Any]:
        """In order, at most two months, around the holiday."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first is None or last is None:
            return data
        if last < first:
            self.add_error("last", "休みの最終日は、初日と同じか、それよりあとにしてください。")
        elif (last - first).days > 60:
            self.add_error("last", "休みは、60日までで入力してください。")
        elif abs((first - self.asked).days) > 30:
            self.add_error("first", "この休みの前後30日までの日付を入力してください。")
        return data
