"""Forms of the desk."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.timezone import get_current_timezone, localdate

from hinomi.portal.access.time import now
from hinomi.portal.incidents.reported import TOLD_JA
from hinomi.portal.tickets.models import Expert, TicketState
from hinomi.portal.tickets.services import SUBJECT_MOST, TEXT_MOST
from hinomi.portal.ui.visible import one_line
from hinomi.respond.check import Fault, texts_check

_TEXT = {
    "required": "内容を入力してください。",
    "max_length": f"{TEXT_MOST:,}字までにしてください。",
}
_CHOICE = {"required": "1つ選んでください。", "invalid_choice": "一覧から選んでください。"}
_NUMBER = re.compile(r"[KkＫｋ][-－ー]?(\d{1,12})")
_MORNING = time(8, 30)


class OnceForm(forms.Form):
    """`once` names this filled-in form: sent twice, it counts once."""

    use_required_attribute = False

    once = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        kwargs["initial"] = {"once": uuid4().hex, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class NoteForm(OnceForm):
    """A note of ours, or what was said on the telephone."""

    text = forms.CharField(
        label="社内メモ",
        max_length=TEXT_MOST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages=_TEXT,
    )


class CalledForm(NoteForm):
    """What was said on the telephone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["text"].label = "電話で話したこと"
        self.fields["text"].help_text = "お客様には見えません。"


class ReplyForm(OnceForm):
    """An answer. Faults of our words are shown first; sending them needs a named yes."""

    text = forms.CharField(
        label="返事",
        max_length=TEXT_MOST,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages=_TEXT,
    )
    state = forms.ChoiceField(
        label="送ったあとの状態",
        required=False,
        choices=[
            ("", "そのまま"),
            *((s.value, s.label) for s in (TicketState.CONFIRMING, TicketState.DONE)),
        ],
        error_messages=_CHOICE,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    all_the_same = forms.BooleanField(
        label="この言葉のまま送ります（名前が記録されます）", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.faults: list[Fault] = []

    def clean(self) -> dict[str, Any]:
        """Red words stop the answer until somebody says yes to them."""
        data = super().clean() or {}
        self.faults = texts_check(data.get("text", ""))
        if self.faults and not data.get("all_the_same"):
            self.add_error("text", "直したほうがよい言葉があります。下を見てください。")
        return data

    @property
    def red(self) -> str:
        """The faults that were sent all the same, for the audit trail; no word of the text."""
        return " ".join(sorted({fault.rule for fault in self.faults}))


class HandOverForm(OnceForm):
    """To which role, and why."""

    expert = forms.ChoiceField(
        label="渡す相手",
        choices=[(each.value, each.label) for each in Expert if each],
        error_messages=_CHOICE,
    )
    text = forms.CharField(
        label="聞きたいこと・これまでのこと",
        max_length=TEXT_MOST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages=_TEXT,
    )


class IncidentForm(forms.Form):
    """What the customer's words are about: which of the cases that a person's word can open."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label="何が起きていますか",
        choices=list(TOLD_JA.items()),
        widget=forms.RadioSelect,
        error_messages=_CHOICE,
    )
    device = forms.CharField(
        label="どのパソコンですか",
        help_text="お客様の呼び方か、機器の名前。分からなければ空のまま",
        max_length=60,
        required=False,
    )

    def clean_device(self) -> str:
        """One line without what does not print."""
        return one_line(self.cleaned_data["device"])


class LinkForm(forms.Form):
    """The incident it is about."""

    use_required_attribute = False

    number = forms.CharField(
        label="案件の受付番号",
        max_length=20,
        error_messages={"required": "受付番号を入力してください。"},
    )

    def clean_number(self) -> str:
        """K-2041, however it is typed."""
        found = _NUMBER.fullmatch(self.cleaned_data["number"].strip())
        if found is None:
            raise forms.ValidationError("「K-2041」のように入力してください。")
        return f"K-{int(found[1])}"


class SnoozeForm(forms.Form):
    """Until which morning it may rest."""

    use_required_attribute = False

    day = forms.DateField(
        label="また見る日",
        widget=forms.DateInput({"type": "date"}),
        error_messages={
            "required": "日付を入力してください。",
            "invalid": "「2026-11-21」のように入力してください。",
        },
    )

    def clean_day(self) -> datetime:
        """The morning of that day; not today and not beyond three months."""
        day = self.cleaned_data["day"]
        today = localdate(now())
        if not today < day <= today + timedelta(days=92):
            raise forms.ValidationError("明日から3か月後までの日付を入力してください。")
        return datetime.combine(day, _MORNING, tzinfo=get_current_timezone())


class PhoneNoteForm(OnceForm):
    """A ticket from a telephone call."""

    subject = forms.CharField(
        label="用件",
        max_length=SUBJECT_MOST,
        error_messages={"required": "用件を1行で入力してください。"},
    )
    author_name = forms.CharField(label="話した人", max_length=120, required=False)
    phone = forms.CharField(label="かけ直す電話番号", max_length=40, required=False)
    text = forms.CharField(
        label="聞いたこと",
        max_length=TEXT_MOST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="お客様の画面にも出ます。",
        error_messages=_TEXT,
    )
    calls_back = forms.BooleanField(label="電話をかけ直す約束をする", required=False)
