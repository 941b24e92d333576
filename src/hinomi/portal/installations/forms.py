"""Forms about a company's equipment and its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.timezone import localdate

from hinomi.business.equipment import Function, systems
from hinomi.portal.access.time import now
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.watchwords import check
from hinomi.portal.installations.models import Holder, Task
from hinomi.portal.installations.services import Known
from hinomi.portal.installations.survey import QUESTIONS

if TYPE_CHECKING:
    from datetime import date

_DATE = {
    "required": "日付を入力してください。",
    "invalid": "「2026-11-21」のように入力してください。",
}
_CHOICE = {"required": "1つ選んでください。", "invalid_choice": "一覧から選んでください。"}
_PHONE = r"^[0-9+][0-9 ()\-]{5,38}$"


def _day(label: str) -> forms.DateField:
    widget = forms.DateInput({"type": "date"})
    return forms.DateField(label=label, widget=widget, required=False, error_messages=_DATE)


class CareForm(forms.Form):
    """What is known of one box. A licence without a day is not known."""

    use_required_attribute = False

    place = forms.CharField(
        label="置いてある場所", help_text="例：本社2階の棚", max_length=60, required=False
    )
    system = forms.ChoiceField(
        label="動いているしくみ（OS）",
        choices=[("", "わからない・関係ない"), *((name, name) for name in systems())],
        required=False,
        error_messages=_CHOICE,
    )
    password_holder = forms.ChoiceField(
        label="管理のパスワードを持っている人", choices=Holder.choices, error_messages=_CHOICE
    )
    vendor = forms.CharField(label="業者の名前", max_length=120, required=False)
    vendor_phone = forms.CharField(label="業者の電話", max_length=40, required=False)
    vendor_mail = forms.EmailField(
        label="業者のメール",
        required=False,
        error_messages={"invalid": "メールアドレスの形で入力してください。"},
    )
    lease_end = _day("リースが終わる日")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        for function in Function:
            self.fields[f"until_{function.value}"] = _day(f"「{function.ja}」の契約が終わる日")

    @property
    def licence_fields(self) -> list[forms.BoundField]:
        """The ends, in the order of the functions."""
        return [self[f"until_{function.value}"] for function in Function]

    def known(self) -> Known:
        """What was said; call it on a valid form."""
        names = Known.__dataclass_fields__
        return Known(**{name: self.cleaned_data[name] for name in names})

    def licences(self) -> dict[str, date | None]:
        """Function → last day."""
        return {each.value: self.cleaned_data[f"until_{each.value}"] for each in Function}


class TaskForm(forms.Form):
    """One task of はじめの設定, done or not understood."""

    use_required_attribute = False

    task = forms.ChoiceField(choices=Task.choices, widget=forms.HiddenInput, error_messages=_CHOICE)
    value = forms.CharField(max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        """Some tasks need a word, a day or a number."""
        data = super().clean() or {}
        task, value = data.get("task"), str(data.get("value", "")).strip()
        fault = _FAULTS.get(str(task), "")
        if fault and not _is_sound(str(task), value):
            self.add_error("value", fault)
        data["value"] = value
        return data


_FAULTS = {
    Task.CONTACT.value: "電話番号を、数字と「-」で入力してください。",
    Task.PASSPHRASE.value: "合言葉を、4字から10字で入力してください。数字だけは使えません。",
    Task.BOX_DAY.value: "日付を「2026-12-01」のように入力してください。",
}


def _is_sound(task: str, value: str) -> bool:
    if task == Task.PASSPHRASE.value:
        return _is_watchword(value)
    if task == Task.CONTACT.value:
        field: forms.Field = forms.RegexField(regex=_PHONE)
    else:
        field = forms.DateField()
    try:
        field.clean(value)
    except forms.ValidationError:
        return False
    return True


def _is_watchword(value: str) -> bool:
    try:
        check(value)
    except NotPossible:
        return False
    return True


class CallForm(forms.Form):
    """電話予約."""

    use_required_attribute = False

    task = forms.ChoiceField(label="わからないこと", choices=Task.choices, error_messages=_CHOICE)
    phone = forms.RegexField(
        label="電話番号",
        regex=_PHONE,
        error_messages={
            "required": "電話番号を入力してください。",
            "invalid": "電話番号を、数字と「-」で入力してください。",
        },
    )
    wish = forms.CharField(
        label="都合のよい日と時間",
        help_text="例：平日の14時から16時",
        max_length=120,
        required=False,
    )


class SurveyForm(forms.Form):
    """What stands where; every line may stay empty."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            self.fields[question.name] = (
                forms.ChoiceField(
                    label=question.label,
                    choices=[("", "まだ"), *((each, each) for each in question.choices)],
                    required=False,
                    error_messages=_CHOICE,
                )
                if question.choices
                else forms.CharField(label=question.label, max_length=300, required=False)
            )


class CompletionForm(forms.Form):
    """Who confirmed the installation, and when."""

    use_required_attribute = False

    signer = forms.CharField(
        label="確認した人の役職と名前",
        max_length=120,
        error_messages={"required": "確認した人の役職と名前を入力してください。"},
    )
    signed_on = forms.DateField(
        label="確認した日", widget=forms.DateInput({"type": "date"}), error_messages=_DATE
    )

    def clean_signed_on(self) -> date:
        """Nobody confirmed tomorrow."""
        day: date = self.cleaned_data["signed_on"]
        if day > localdate(now()):
            raise forms.ValidationError("今日か、今日より前の日付を入力してください。")
        return day
