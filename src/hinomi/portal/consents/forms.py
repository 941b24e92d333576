"""Forms about consent to watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.timezone import localdate

from hinomi.business.consent import Purpose
from hinomi.portal.access.time import now
from hinomi.portal.consents.kinds import all_kinds, title_of
from hinomi.portal.consents.services import Said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hinomi.business.consent import Standing

_DATE = {
    "required": "日付を入力してください。",
    "invalid": "「2026-11-21」のように入力してください。",
}
_CHOICE = {"invalid_choice": "一覧から選んでください。"}
_OTHERS = [(each.value, each.ja) for each in Purpose if each is not Purpose.WATCH]


class ConsentForm(forms.Form):
    """What was signed. Kinds of the company's own sources come first, each with its days."""

    use_required_attribute = False

    signer = forms.CharField(
        label="同意した人の役職と名前",
        help_text="例：代表取締役 青葉太郎",
        max_length=120,
        error_messages={"required": "同意した人の役職と名前を入力してください。"},
    )
    signed_on = forms.DateField(
        label="同意した日", widget=forms.DateInput({"type": "date"}), error_messages=_DATE
    )
    kinds = forms.MultipleChoiceField(
        label="見守る機器の種類",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages=_CHOICE,
    )
    others = forms.MultipleChoiceField(
        label="ほかの種類も加える",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages=_CHOICE,
    )
    purposes = forms.MultipleChoiceField(
        label="見守りのほかに使う目的",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=_OTHERS,
        error_messages=_CHOICE,
    )
    agreed = forms.BooleanField(
        label="同意書を読み、この内容に同意します",
        error_messages={"required": "同意するときは、チェックを入れてください。"},
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        used: Sequence[str],
        plan_days: int,
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        self.used, self.plan_days = used, plan_days
        rest = [kind for kind in all_kinds() if kind not in used]
        self._choices("kinds", [(kind, title_of(kind)) for kind in used])
        self._choices("others", sorted(((kind, title_of(kind)) for kind in rest), key=_title))
        for kind in used:
            self.fields[f"days_{kind}"] = forms.IntegerField(
                label=f"{title_of(kind)}の記録を残す日数",
                help_text=f"{plan_days}日まで。空のときは{plan_days}日です。",
                required=False,
                min_value=1,
                max_value=plan_days,
                error_messages={
                    "invalid": "数字で入力してください。",
                    "min_value": f"1から{plan_days}までの数字で入力してください。",
                    "max_value": f"1から{plan_days}までの数字で入力してください。",
                },
            )

    def clean_signed_on(self) -> date:
        """Nobody signed tomorrow."""
        day: date = self.cleaned_data["signed_on"]
        if day > localdate(now()):
            raise forms.ValidationError("今日か、今日より前の日付を入力してください。")
        return day

    def clean(self) -> dict[str, Any]:
        """At least one kind."""
        data = super().clean() or {}
        if not data.get("kinds") and not data.get("others"):
            self.add_error("kinds", "見守る機器の種類を、1つは選んでください。")
        return data

    @property
    def day_fields(self) -> list[forms.BoundField]:
        """Days by kind, in the order of the kinds."""
        return [self[f"days_{kind}"] for kind in self.used]

    def said(self) -> Said:
        """What was signed; call it on a valid form."""
        data = self.cleaned_data
        days = {kind: data[f"days_{kind}"] for kind in self.used if data.get(f"days_{kind}")}
        return Said(
            signer=data["signer"],
            signed_on=data["signed_on"],
            kinds=frozenset({*data["kinds"], *data["others"]}),
            purposes=frozenset({Purpose.WATCH, *map(Purpose, data["purposes"])}),
            days=days,
        )

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


class WithdrawForm(forms.Form):
    """What is taken back: a purpose, kinds, or all."""

    use_required_attribute = False

    what = forms.ChoiceField(
        label="取りやめること",
        widget=forms.RadioSelect,
        error_messages={"required": "1つ選んでください。", **_CHOICE},
    )
    kinds = forms.MultipleChoiceField(
        label="取りやめる種類",
        help_text="「選んだ種類の見守り」のときだけ使います。",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages=_CHOICE,
    )
    signer = forms.CharField(
        label="取りやめる人の役職と名前",
        max_length=120,
        error_messages={"required": "取りやめる人の役職と名前を入力してください。"},
    )

    def __init__(self, *args: Any, standing: Standing, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        held = {purpose for cover in standing.covers.values() for purpose in cover.purposes}
        others = [(value, f"{ja}に使うこと") for value, ja in _OTHERS if Purpose(value) in held]
        choices = [*others, ("kinds", "選んだ種類の見守り"), ("all", "すべての見守り")]
        self.fields["what"].choices = choices  # type: ignore[attr-defined]
        titles = [(kind, title_of(kind)) for kind in standing.covers]
        self.fields["kinds"].choices = titles  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Kinds are named where kinds are meant."""
        data = super().clean() or {}
        if data.get("what") == "kinds" and not data.get("kinds"):
            self.add_error("kinds", "取りやめる種類を、1つは選んでください。")
        return data

    @property
    def taken(self) -> dict[str, Any]:
        """Kinds and purposes for `withdraw`; call it on a valid form."""
        what = self.cleaned_data["what"]
        if what == "kinds":
            return {"kinds": frozenset(self.cleaned_data["kinds"])}
        return {} if what == "all" else {"purposes": frozenset({Purpose(what)})}


class EntrustedForm(forms.Form):
    """One more 再委託先."""

    use_required_attribute = False

    name = forms.CharField(
        label="名前", max_length=120, error_messages={"required": "名前を入力してください。"}
    )
    work = forms.CharField(
        label="頼む仕事",
        help_text="例：夜間の見守り",
        max_length=200,
        error_messages={"required": "頼む仕事を入力してください。"},
    )
    place = forms.CharField(
        label="記録を扱う場所", help_text="例：国内（名古屋市）", max_length=60, required=False
    )
    valid_from = forms.DateField(
        label="始まる日", widget=forms.DateInput({"type": "date"}), error_messages=_DATE
    )
    valid_to = forms.DateField(
        label="終わる日",
        widget=forms.DateInput({"type": "date"}),
        required=False,
        error_messages=_DATE,
    )

    def clean(self) -> dict[str, Any]:
        """It ends after it begins."""
        data = super().clean() or {}
        first, last = data.get("valid_from"), data.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", "終わる日は、始まる日よりあとにしてください。")
        return data


def _title(choice: tuple[str, str]) -> str:
    return choice[1]
