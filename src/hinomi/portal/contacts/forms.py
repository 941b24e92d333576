"""Forms about contacts and 合言葉."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.portal.contacts.models import Contact, HoursChoice, Kind, WhenChoice
from hinomi.portal.contacts.services import Said
from hinomi.portal.contacts.watchwords import LONGEST, SHORTEST
from hinomi.portal.ui.visible import one_line, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

_WEEKDAYS = [(str(n), f"{name}曜日") for n, name in enumerate("月火水木金土日")]
_CHOICE = {"required": "1つ選んでください。", "invalid_choice": "一覧から選んでください。"}
_TIME = {"required": "時刻を入力してください。", "invalid": "「9:00」のように入力してください。"}
_MOST_COMPUTERS = 10


def _time(label: str) -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, widget=widget, error_messages=_TIME)


def _when(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=WhenChoice.choices, error_messages=_CHOICE)


def _name() -> forms.CharField:
    return forms.CharField(
        label="名前",
        help_text="例：経理の青葉さん",
        max_length=80,
        error_messages={"required": "連絡先の人の名前を入力してください。"},
    )


def _address(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text="電話番号、メールアドレスなど。例：090-1234-5678",
        max_length=254,
        error_messages={"required": "電話番号かメールアドレスを入力してください。"},
    )


class NewContactForm(forms.Form):
    """One more person with one address; everything else has a good start."""

    use_required_attribute = False

    name = _name()
    user = forms.ChoiceField(
        label="ログインする人のとき、その人", required=False, error_messages=_CHOICE
    )
    kind = forms.ChoiceField(label="連絡の方法", choices=Kind.choices, error_messages=_CHOICE)
    address = _address("あて先")
    form_key = forms.CharField(max_length=40, widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, members: Sequence[tuple[str, str]], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        _choose(self, "user", [("", "ログインしない人"), *members])

    def said(self) -> Said:
        """Reached about 今すぐ always, about the rest in the company's hours."""
        usual = Contact()
        return Said(
            name=one_line(self.cleaned_data["name"]),
            user_id=_number(self.cleaned_data["user"]),
            deputy_id=None,
            hours=usual.hours,
            days=usual.days,
            opens=usual.opens,
            closes=usual.closes,
            now_when=usual.now_when,
            today_when=usual.today_when,
            check_when=usual.check_when,
        )


class ContactForm(forms.Form):
    """Everything about one person but the addresses."""

    use_required_attribute = False

    name = _name()
    user = forms.ChoiceField(
        label="ログインする人のとき、その人", required=False, error_messages=_CHOICE
    )
    now_when = _when("「今すぐ」のお知らせ")
    today_when = _when("「今日中」のお知らせ")
    check_when = _when("「確認だけ」のお知らせ")
    hours = forms.ChoiceField(
        label="連絡してよい時間",
        choices=HoursChoice.choices,
        widget=forms.RadioSelect,
        error_messages=_CHOICE,
    )
    days = forms.MultipleChoiceField(
        label="自分で決めた曜日",
        choices=_WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=_CHOICE,
    )
    opens = _time("自分で決めた時間の始まり")
    closes = _time("自分で決めた時間の終わり")
    deputy = forms.ChoiceField(
        label="代理（本人の次に連絡する人）", required=False, error_messages=_CHOICE
    )
    computers = forms.CharField(
        label="使っているパソコンの名前",
        help_text="2台以上は「、」で区切ってください。そのパソコンのトラブルのときは、電話で連絡します。",
        max_length=300,
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        members: Sequence[tuple[str, str]],
        others: Sequence[tuple[str, str]],
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "user", [("", "ログインしない人"), *members])
        _choose(self, "deputy", [("", "決めない"), *others])

    def clean(self) -> dict[str, Any]:
        """Own hours need a day and a length."""
        data = super().clean() or {}
        if data.get("hours") == HoursChoice.OWN:
            if not data.get("days"):
                self.add_error("days", "曜日を、1つは選んでください。")
            if data.get("opens") and data.get("opens") == data.get("closes"):
                self.add_error("closes", "終わりは、始まりと違う時刻にしてください。")
        return data

    def said(self) -> Said:
        """What was said; call it on a valid form."""
        data = self.cleaned_data
        names = (one_line(each) for each in data["computers"].replace(",", "、").split("、"))
        return Said(
            name=one_line(data["name"]),
            user_id=_number(data["user"]),
            deputy_id=_number(data["deputy"]),
            hours=data["hours"],
            days=sorted(int(day) for day in data["days"]),
            opens=data["opens"],
            closes=data["closes"],
            now_when=data["now_when"],
            today_when=data["today_when"],
            check_when=data["check_when"],
            computers=[name for name in names if name][:_MOST_COMPUTERS],
        )


class AddressForm(forms.Form):
    """One more address, or another one in the place of an old one."""

    use_required_attribute = False

    kind = forms.ChoiceField(label="連絡の方法", choices=Kind.choices, error_messages=_CHOICE)
    address = _address("新しいあて先")
    replaces = forms.ChoiceField(
        label="代わりにやめるあて先",
        help_text="新しいあて先を使い始めるまでは、こちらに連絡します。",
        required=False,
        error_messages=_CHOICE,
    )

    def __init__(self, *args: Any, used: Sequence[tuple[str, str]], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        _choose(self, "replaces", [("", "やめない（加える）"), *used])

    def replaced(self) -> int | None:
        """The address it stands in for."""
        return _number(self.cleaned_data["replaces"])


class WatchwordForm(forms.Form):
    """合言葉."""

    use_required_attribute = False

    word = forms.CharField(
        label="新しい合言葉",
        help_text=f"{SHORTEST}字から{LONGEST}字。会社の名前や電話番号は使わないでください。例：みかん山",
        max_length=60,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "合言葉を入力してください。"},
    )


class NoteForm(forms.Form):
    """How our desk made sure."""

    use_required_attribute = False

    note = forms.CharField(
        label="どう確かめたか",
        help_text="かけた番号と、話した人。例：契約書の番号にかけ、社長の青葉さんと話した",
        max_length=200,
        min_length=5,
        error_messages={
            "required": "かけた番号と、話した人を入力してください。",
            "min_length": "かけた番号と、話した人を入力してください。",
        },
    )


def initial_of(contact: Contact) -> dict[str, Any]:
    """The contact as the form shows it."""
    names = ("now_when", "today_when", "check_when", "hours", "opens", "closes", "version")
    return {
        **{name: getattr(contact, name) for name in names},
        "name": one_line(contact.name),
        "user": str(contact.user_id or ""),
        "deputy": str(contact.deputy_id or ""),
        "days": [str(day) for day in contact.days],
        "computers": one_line("、".join(contact.computers)),
    }


def _choose(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    form.fields[name].choices = [(key, visible(label)) for key, label in choices]  # type: ignore[attr-defined]


def _number(text: str) -> int | None:
    return int(text) if text else None
