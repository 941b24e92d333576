"""Forms of the customer: a question, an answer, the number for this call."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from django import forms

from hinomi.portal.tickets.services import PHONE_MOST, SUBJECT_MOST, TEXT_MOST

_PHONE = re.compile(r"[+0-9０-９()（）\-－ー ]{9,40}")
_TOO_LONG = f"{TEXT_MOST:,}字までにしてください。"


class ManyFiles(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of uploaded files, empty when none came."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:  # noqa: ANN401 - as in Django
        """Each file by the ordinary rules, without the rule that one must be there."""
        found = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(each, initial) for each in found if each]


class WordsForm(forms.Form):
    """Words, perhaps with photographs. `once` names this filled-in form."""

    use_required_attribute = False

    text = forms.CharField(
        label="内容",
        max_length=TEXT_MOST,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "内容を入力してください。", "max_length": _TOO_LONG},
    )
    photos = FilesField(
        label="写真",
        required=False,
        help_text="画面をスマホで撮った写真でかまいません。5枚まで送れます。",
        widget=ManyFiles(attrs={"accept": "image/jpeg,image/png"}),
    )
    once = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        kwargs["initial"] = {"once": uuid4().hex, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class QuestionForm(WordsForm):
    """A new question."""

    subject = forms.CharField(
        label="聞きたいこと",
        max_length=SUBJECT_MOST,
        help_text="例：取引先から届いたメールが、本物か知りたい",
        error_messages={
            "required": "聞きたいことを、1行で入力してください。",
            "max_length": f"{SUBJECT_MOST}字までにしてください。",
        },
    )
    field_order = ("subject", "text", "photos", "once")


class PhoneForm(forms.Form):
    """The number to call this time."""

    use_required_attribute = False

    phone = forms.CharField(
        label="電話番号",
        max_length=PHONE_MOST,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        help_text="今回だけ、この番号に電話します。",
        error_messages={"required": "電話番号を入力してください。"},
    )

    def clean_phone(self) -> str:
        """Digits, in any of the usual spellings."""
        phone: str = self.cleaned_data["phone"].strip()
        if not _PHONE.fullmatch(phone) or sum(each.isdigit() for each in phone) < 9:
            raise forms.ValidationError("「03-1234-5678」のように、数字で入力してください。")
        return phone
