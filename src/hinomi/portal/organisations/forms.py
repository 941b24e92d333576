"""Forms about when a company works."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.portal.organisations.calendars import Hours

if TYPE_CHECKING:
    from hinomi.business.working_days import Calendar

_WEEKDAYS = [(str(n), f"{name}曜日") for n, name in enumerate("月火水木金土日")]
_MONTH_DAY = re.compile(r"(\d{1,2})[/\-月](\d{1,2})日?")
_TIME = {"required": "時刻を入力してください。", "invalid": "「8:30」のように入力してください。"}
_DATE = {
    "required": "日付を入力してください。",
    "invalid": "「2026-12-25」のように入力してください。",
}


class HoursForm(forms.Form):
    """The ordinary year: opening hours, weekdays, holidays, New Year and お盆."""

    use_required_attribute = False

    opens = forms.TimeField(
        label="開く時刻", widget=forms.TimeInput({"type": "time"}), error_messages=_TIME
    )
    closes = forms.TimeField(
        label="閉まる時刻", widget=forms.TimeInput({"type": "time"}), error_messages=_TIME
    )
    closed_weekdays = forms.MultipleChoiceField(
        label="休みの曜日",
        choices=_WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "一覧から選んでください。"},
    )
    keeps_holidays = forms.BooleanField(label="祝日は休み", required=False)
    new_year_first = forms.CharField(label="年末年始の休み（初日）", required=False, max_length=6)
    new_year_last = forms.CharField(
        label="年末年始の休み（最終日）",
        required=False,
        max_length=6,
        help_text="例：12/29から1/3。休まないときは、両方とも空にしてください。",
    )
    obon_first = forms.CharField(label="お盆の休み（初日）", required=False, max_length=6)
    obon_last = forms.CharField(
        label="お盆の休み（最終日）",
        required=False,
        max_length=6,
        help_text="例：8/13から8/15。休まないときは、両方とも空にしてください。",
    )

    def clean(self) -> dict[str, Any]:
        """Spans need both ends; a day must not end before it begins."""
        data = super().clean() or {}
        for name in ("new_year", "obon"):
            ends = [self._month_day(f"{name}_{end}") for end in ("first", "last")]
            if (ends[0] is None) != (ends[1] is None):
                self.add_error(f"{name}_last", "初日と最終日は、両方とも入力してください。")
            data[name] = tuple(ends) if all(ends) else None
        opens, closes = data.get("opens"), data.get("closes")
        if opens and closes and opens >= closes:
            self.add_error("closes", "閉まる時刻は、開く時刻よりあとにしてください。")
        return data

    def hours(self) -> Hours:
        """What was said; call it on a valid form."""
        data = self.cleaned_data
        return Hours(
            closed_weekdays=frozenset(int(each) for each in data["closed_weekdays"]),
            keeps_holidays=data["keeps_holidays"],
            new_year=data["new_year"],
            obon=data["obon"],
            opens=data["opens"],
            closes=data["closes"],
        )

    def _month_day(self, name: str) -> tuple[int, int] | None:
        text = str(self.cleaned_data.get(name, "")).strip()
        if not text:
            return None
        found = _MONTH_DAY.fullmatch(text)
        try:
            day = date(2028, int(found[1]), int(found[2])) if found else None  # a leap year
        except ValueError:
            day = None
        if day is None:
            self.add_error(name, "「8/13」のように、月と日を入力してください。")
            return None
        return day.month, day.day


class SpecialDaysForm(forms.Form):
    """The company's own closed days, or days on which it works all the same."""

    use_required_attribute = False

    first = forms.DateField(
        label="初日", widget=forms.DateInput({"type": "date"}), error_messages=_DATE
    )
    last = forms.DateField(
        label="最終日",
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text="1日だけのときは、空のままで構いません。",
        error_messages=_DATE,
    )
    name = forms.CharField(
        label="名前",
        required=False,
        max_length=60,
        help_text="例：創立記念日",
        error_messages={"max_length": "名前は60字までで入力してください。"},
    )
    is_open = forms.ChoiceField(
        label="休みですか",
        choices=[("", "休みます"), ("1", "休みの曜日でも、開きます")],
        required=False,
        error_messages={"invalid_choice": "一覧から選んでください。"},
    )

    def clean_is_open(self) -> bool:
        """True for days on which the company works all the same."""
        return bool(self.cleaned_data["is_open"])

    def clean_name(self) -> str:
        """One line without control characters."""
        text = str(self.cleaned_data["name"])
        return "".join(letter for letter in text if letter.isprintable()).strip()

    def clean(self) -> dict[str, Any]:
        """At most four months, in order; dates of our century."""
        data = super().clean() or {}
        first = data.get("first")
        last = data["last"] = data.get("last") or first
        if first is None or last is None:
            return data
        if not 2000 <= first.year <= 2100 or not 2000 <= last.year <= 2100:
            self.add_error("first", "2000年から2100年までの日付を入力してください。")
        elif last < first:
            self.add_error("last", "最終日は、初日と同じか、それよりあとにしてください。")
        elif (last - first).days > 120:
            self.add_error("last", "一度に登録できるのは、120日までです。")
        return data


def initial_hours(calendar: Calendar) -> dict[str, object]:
    """The form as the calendar stands."""
    spans = {"new_year": calendar.new_year, "obon": calendar.obon}
    written = {
        f"{name}_{end}": f"{span[n][0]}/{span[n][1]}" if span else ""
        for name, span in spans.items()
        for n, end in enumerate(("first", "last"))
    }
    return {
        "opens": calendar.opens.strftime("%H:%M"),
        "closes": calendar.closes.strftime("%H:%M"),
        "closed_weekdays": [str(each) for each in sorted(calendar.closed_weekdays)],
        "keeps_holidays": calendar.keeps_holidays,
        **written,
    }
