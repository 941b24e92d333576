"""The order of a hunt: what, whose, when."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from hinomi.detect.intel import NotAnIndicator, guess
from hinomi.portal.organisations.models import Organisation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.portal.access.scope import Scope

MOST_LINES = 200
_RULE_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


class HuntForm(forms.Form):
    """Cleans to `sought` (rules and indicators apart), `companies` (ids), `since`, `until` and
    `hands_on`."""

    use_required_attribute = False

    sought = forms.CharField(
        label="探すもの",
        help_text="IPアドレス、ドメイン、URL、ハッシュ、メールアドレス、またはルールのID。1行に1つ。",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        error_messages={"required": "探すものを入力してください。"},
    )
    companies = forms.CharField(
        label="会社",
        help_text="会社名を1行に1つ。空欄なら、担当しているすべての会社を調べます。",
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    first = forms.DateField(
        label="いつから",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "日付を入力してください。", "invalid": "日付を読めません。"},
    )
    last = forms.DateField(
        label="いつまで",
        help_text="この日もふくみます。",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "日付を入力してください。", "invalid": "日付を読めません。"},
    )
    hands_on = forms.BooleanField(label="見つけたことを案件にする", required=False)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._scope = scope

    def clean_sought(self) -> Mapping[str, list[str]]:
        """Rule ids and indicators apart; the line that is neither is named."""
        rules: list[str] = []
        indicators: list[str] = []
        for line in _lines(str(self.cleaned_data["sought"])):
            if _RULE_ID.fullmatch(line):
                rules.append(line.lower())
                continue
            try:
                kind, value = guess(line)
            except NotAnIndicator:
                raise forms.ValidationError(
                    f"「{line[:60]}」は、探せる形ではありません。"
                    "IPアドレス、ドメイン、URL、ハッシュ、メールアドレス、ルールのIDのどれかにしてください。"
                ) from None
            indicators.append(f"{kind}:{value}")
        return {"rules": rules, "indicators": indicators}

    def clean_companies(self) -> list[str]:
        """Their ids. A company out of reach is as unknown as one that does not exist."""
        found: list[str] = []
        for name in _lines(str(self.cleaned_data["companies"])):
            ids = Organisation.objects.within(self._scope).filter(name=name)
            known = list(ids.values_list("pk", flat=True)[:2])
            if len(known) != 1:
                raise forms.ValidationError(
                    f"「{name[:60]}」という会社は{'ありません' if not known else '複数あります'}。"
                    "お客様の一覧にあるとおりの名前を入力してください。"
                )
            found += known
        return found

    def clean(self) -> dict[str, Any] | None:
        """Whole days where the company is: the last one is included."""
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "「いつから」より前の日になっています。")
        elif first and last:
            zone = timezone.get_current_timezone()
            cleaned["since"] = datetime.combine(first, time.min, zone)
            cleaned["until"] = datetime.combine(last + timedelta(days=1), time.min, zone)
        return cleaned


def _lines(text: str) -> list[str]:
    lines = dict.fromkeys(line.strip() for line in text.splitlines())
    lines.pop("", None)
    if len(lines) > MOST_LINES:
        raise forms.ValidationError(f"一度に入力できるのは{MOST_LINES}行までです。")
    return list(lines)
