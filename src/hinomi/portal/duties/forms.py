"""Forms about the rota: a change, a line of the pattern, how a firm keeps its duty, a partner."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.business.rota import JAPAN, Duty, Order, Span
from hinomi.portal.duties.rota_rows import HOLIDAYS, ORDERS, WEEKS
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_DATE = {
    "required": "日付を入力してください。",
    "invalid": "「2026-12-31」のように入力してください。",
}
_TIME = {"required": "時刻を入力してください。", "invalid": "「18:00」のように入力してください。"}
_CHOICE = {"required": "1つ選んでください。", "invalid_choice": "一覧から選んでください。"}
_DAY = timedelta(days=1)
_WEEKDAYS = [("", "毎日"), *((str(n), f"{name}曜日") for n, name in enumerate("月火水木金土日"))]
_NUMBER = {
    "required": "数字を入力してください。",
    "invalid": "数字で入力してください。",
    "min_value": "%(limit_value)s以上にしてください。",
    "max_value": "%(limit_value)s以下にしてください。",
}


class Times(forms.Form):
    """Order, hours and who; an end that is not later than the beginning is on the next day."""

    use_required_attribute = False

    order = forms.ChoiceField(label="順番", choices=ORDERS, error_messages=_CHOICE)
    starts = forms.TimeField(
        label="始まる時刻", widget=forms.TimeInput({"type": "time"}), error_messages=_TIME
    )
    ends = forms.TimeField(
        label="終わる時刻",
        widget=forms.TimeInput({"type": "time"}),
        help_text="始まる時刻と同じか、それより早いときは、次の日です。",
        error_messages=_TIME,
    )
    who = forms.ChoiceField(label="当番", error_messages=_CHOICE)
    phone = forms.CharField(
        label="お客様に伝える電話番号",
        required=False,
        max_length=40,
        help_text="空のときは、会社の番号です。",
    )

    def __init__(self, *args: Any, who: Sequence[tuple[str, str]], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [("", "選んでください"), *who]  # type: ignore[attr-defined]

    @property
    def minutes(self) -> int:
        """How long it lasts; call it on a valid form."""
        starts, ends = self.cleaned_data["starts"], self.cleaned_data["ends"]
        length: int = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
        return length if length > 0 else length + 24 * 60


class ChangeForm(Times):
    """This once somebody else."""

    field_order = ("day", "order", "starts", "ends", "who", "phone")
    day = forms.DateField(
        label="日付", widget=forms.DateInput({"type": "date"}), error_messages=_DATE
    )

    def duty(self) -> Duty:
        """What was said; call it on a valid form."""
        data = self.cleaned_data
        starts = datetime.combine(data["day"], data["starts"], tzinfo=JAPAN)
        span = Span(starts, starts + timedelta(minutes=self.minutes))
        return Duty(Order(data["order"]), span, data["who"], one_line(data["phone"]))


class LineForm(Times):
    """One line of the weekly pattern."""

    field_order = ("order", "weekday", "starts", "ends", "who", "weeks", "holidays", "phone")
    weekday = forms.ChoiceField(
        label="曜日", choices=_WEEKDAYS, required=False, error_messages=_CHOICE
    )
    weeks = forms.ChoiceField(label="週", choices=WEEKS, error_messages=_CHOICE)
    holidays = forms.ChoiceField(
        label="祝日と年末年始",
        choices=HOLIDAYS,
        help_text="年末年始は、12月29日から1月3日までです。",
        error_messages=_CHOICE,
    )


class DeskForm(forms.Form):
    """How a firm keeps its duty."""

    use_required_attribute = False

    phone = forms.CharField(
        label="お客様に伝える電話番号",
        required=False,
        max_length=40,
        help_text="当番ごとの番号がないときに使います。",
    )
    chief = forms.ChoiceField(
        label="責任者",
        required=False,
        help_text="当番表に責任者がいない時間に、この人に知らせます。",
        error_messages=_CHOICE,
    )
    nights_in_row = forms.IntegerField(
        label="続けてよい夜の日数", min_value=1, max_value=31, error_messages=_NUMBER
    )
    nights_in_month = forms.IntegerField(
        label="1か月の夜の日数", min_value=1, max_value=31, error_messages=_NUMBER
    )
    rest_hours = forms.IntegerField(
        label="当番のあとの休み（時間）", min_value=0, max_value=48, error_messages=_NUMBER
    )
    calls_in_half_hour = forms.IntegerField(
        label="30分に約束できる電話（1人あたり）",
        min_value=1,
        max_value=10,
        error_messages=_NUMBER,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        choices = [("", "最初の管理者"), *((str(pk), name) for pk, name in people)]
        self.fields["chief"].choices = choices  # type: ignore[attr-defined]
        self.people = people


class PartnerForm(forms.Form):
    """A SOC that may hold slots."""

    use_required_attribute = False

    partner = forms.ChoiceField(label="監視センター", error_messages=_CHOICE)
    partner_phone = forms.CharField(
        label="監視センターの当番の電話",
        max_length=40,
        error_messages={"required": "電話番号を入力してください。"},
    )
    partner_mail = forms.EmailField(
        label="監視センターのメール",
        required=False,
        error_messages={"invalid": "メールアドレスを入力してください。"},
    )
    answer_minutes = forms.IntegerField(
        label="返事を待つ分数",
        min_value=1,
        max_value=120,
        help_text="この分数で返事がないときは、自社の責任者に知らせます。",
        error_messages=_NUMBER,
    )

    def __init__(self, *args: Any, firms: Sequence[tuple[str, str]], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["partner"].choices = firms  # type: ignore[attr-defined]
