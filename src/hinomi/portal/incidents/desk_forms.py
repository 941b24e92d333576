"""Forms of the queue: a view's name, what to do to many incidents, the note before ringing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.portal.incidents.desk_rows import BulkAct
from hinomi.portal.incidents.queries.queue import AT_ONCE
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.portal.accounts.models import User

_CHOSEN = re.compile(r"([A-Za-z0-9-]{1,20}):(\d{1,9})")
_NEED_REASON = (BulkAct.OBSERVE, BulkAct.CLOSE)


class SaveViewForm(forms.Form):
    """The name of a view, and whether colleagues see it."""

    use_required_attribute = False

    name = forms.CharField(
        label="見方の名前",
        max_length=40,
        error_messages={"required": "見方の名前を入力してください。"},
    )
    is_shared = forms.BooleanField(label="ほかの担当者にも見せる", required=False)

    def clean_name(self) -> str:
        """In one line, without what does not print."""
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("見方の名前を入力してください。")
        return name


class BulkForm(forms.Form):
    """What to do to the chosen incidents."""

    use_required_attribute = False

    once = forms.CharField(max_length=40, widget=forms.HiddenInput)
    act = forms.ChoiceField(
        label="行うこと",
        choices=BulkAct.choices,
        error_messages={"required": "行うことを選んでください。"},
    )
    to = forms.ChoiceField(label="渡す相手", required=False)
    reason = forms.CharField(
        label="理由", help_text="お客様には見せません。", max_length=500, required=False
    )

    def __init__(self, *args: Any, colleagues: Sequence[User], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._colleagues = {str(each.pk): each for each in colleagues}
        names = [(key, each.shown_name) for key, each in self._colleagues.items()]
        self.fields["to"] = forms.ChoiceField(
            label="渡す相手", required=False, choices=[("", "選んでください"), *names]
        )

    def clean(self) -> dict[str, Any]:
        """A colleague for 渡す, a reason for what changes the state."""
        cleaned = super().clean() or self.cleaned_data
        act = cleaned.get("act")
        if act == BulkAct.HAND and not cleaned.get("to"):
            self.add_error("to", "渡す相手を選んでください。")
        if act in _NEED_REASON and not cleaned.get("reason"):
            self.add_error("reason", "理由を入力してください。")
        return cleaned

    @property
    def colleague(self) -> User | None:
        """Whom to hand to; None when nobody was chosen."""
        return self._colleagues.get(self.cleaned_data.get("to", ""))


def chosen_of(values: Sequence[str]) -> dict[str, int]:
    """`K-2041:3` … → 受付番号 and the version that stood on the page. What is neither is left out;
    no more than one press may change."""
    found = (_CHOSEN.fullmatch(value) for value in values[:AT_ONCE])
    return {each[1]: int(each[2]) for each in found if each}


class PhoneNoteForm(forms.Form):
    """What to know before ringing."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label="電話の前に知っておくこと",
        help_text="例：社長は午前中が話しやすい。受付は山本さん。",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
