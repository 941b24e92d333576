"""Forms about incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.core.words import IncidentState
from hinomi.triage.transitions import NEXT_STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.respond.text import CustomerText

_LINE_BLOCKS = ("what", "steps", "donts", "risk", "done", "next")
_ONE_LINE = ("title", "sms")


def _lines(label: str) -> forms.CharField:
    """A block of a text: one sentence a line."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class StateForm(forms.Form):
    """Where an incident goes next, and why. Carries the version that the person saw."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4_000)
    state = forms.ChoiceField(
        label="次の状態", error_messages={"required": "次の状態を選んでください。"}
    )
    reason = forms.CharField(
        label="理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "理由を入力してください。"},
    )

    def __init__(self, *args: Any, present: IncidentState, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        choices = [
            (state.value, f"{state.inside_ja}（お客様には「{state.customer_ja}」）")
            for state in IncidentState
            if state in NEXT_STATES[present]
        ]
        self.fields["state"] = forms.ChoiceField(
            label="次の状態",
            choices=[("", "選んでください"), *choices],
            error_messages={
                "required": "次の状態を選んでください。",
                "invalid_choice": "いまの状態からは選べません。別の状態を選んでください。",
            },
        )


class BrowsingForm(forms.Form):
    """Why one person's records are opened."""

    use_required_attribute = False

    reason = forms.CharField(
        label="開く理由",
        help_text="お客様にも見えます。例：警報の前に開いたサイトを確かめるため",
        max_length=300,
        error_messages={"required": "開く理由を入力してください。"},
    )


class VerdictForm(forms.Form):
    """What a campaign is, and why. Carries the version that the person saw."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="どこで確かめたかを書いてください。お客様には見せません。",
        error_messages={"required": "理由を入力してください。"},
    )


class SilenceForm(forms.Form):
    """Whose fault is it that many sources fell silent, and how do we know?"""

    use_required_attribute = False

    choice = forms.ChoiceField(
        label="どちらの問題ですか",
        choices=[
            ("customers", "お客様側の問題です（知らせます）"),
            ("ours", "こちら側の問題です（知らせません）"),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "どちらの問題かを選んでください。",
            "invalid_choice": "どちらかを選んでください。",
        },
    )
    reason = forms.CharField(
        label="理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="どこで確かめたかを書いてください。お客様には見せません。",
        error_messages={"required": "理由を入力してください。"},
    )


class ValuesForm(forms.Form):
    """What a name in rules stands for. No values: the name stands for nothing any more."""

    use_required_attribute = False

    name = forms.CharField(
        label="名前",
        max_length=62,
        help_text="例：servers（ルールに %servers% と書かれています）",
        error_messages={"required": "名前を入力してください。"},
    )
    values = forms.CharField(
        label="値",
        required=False,
        max_length=100_000,
        help_text="1行に1つ。同じ名前の値は、すべて置きかえます。空にすると、名前ごとなくします。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_values(self) -> list[str]:
        """One value a line."""
        return str(self.cleaned_data["values"]).splitlines()


class NoteForm(forms.Form):
    """A line for the history."""

    use_required_attribute = False

    text = forms.CharField(
        label="メモ",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "メモを入力してください。"},
    )
    for_customer = forms.BooleanField(label="お客様にも見せる", required=False)


class MergeForm(forms.Form):
    """With which incident, and why. Carries the version that the person saw."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    into = forms.CharField(
        label="まとめる先の受付番号",
        max_length=20,
        help_text="この番号が残ります。下の一覧から選ぶか、入力してください。例：K-2041",
        error_messages={"required": "まとめる先を選んでください。"},
    )
    reason = forms.CharField(
        label="まとめる理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "理由を入力してください。"},
    )

    def clean_into(self) -> str:
        """As it stands on screen: K-2041."""
        return str(self.cleaned_data["into"]).strip().upper()


class PartForm(forms.Form):
    """Which merge is undone, and why."""

    use_required_attribute = False

    merge = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="分ける理由",
        max_length=500,
        error_messages={"required": "分ける理由を入力してください。"},
    )


class SecondLookForm(forms.Form):
    """The second person's word."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(choices=[("confirmed", ""), ("declined", "")])
    reason = forms.CharField(
        label="確かめたこと",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "確かめたことを入力してください。"},
    )


class LineForm(forms.Form):
    """A line of the history with its own time."""

    use_required_attribute = False

    at = forms.DateTimeField(
        label="起きた時刻（日本時間）",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        error_messages={
            "required": "起きた時刻を入力してください。",
            "invalid": "日付と時刻を入力してください。例：2026-11-20 10:12",
        },
    )
    kind = forms.ChoiceField(
        label="どちらですか",
        choices=[("fact", "事実（起きたこと）"), ("action", "対応（したこと）")],
        widget=forms.RadioSelect,
        error_messages={"required": "事実か対応かを選んでください。"},
    )
    text = forms.CharField(
        label="出来事",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "出来事を入力してください。"},
    )
    source = forms.CharField(
        label="何で分かったか",
        required=False,
        max_length=200,
        help_text="例：お客様の電話、現地の写真",
    )
    shown = forms.BooleanField(label="お客様に見せる", required=False)


class OverrideForm(forms.Form):
    """Why red words are sent all the same."""

    use_required_attribute = False

    override_reason = forms.CharField(
        label="赤のまま送る理由（名前とともに記録します）",
        max_length=500,
        error_messages={"required": "赤のまま送る理由を入力してください。"},
    )


class WordsForm(forms.Form):
    """A customer's text by its blocks: one sentence or step a line. Level, buttons, phone and
    number come from the facts and are not written here."""

    use_required_attribute = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(
        label="何を送りますか",
        choices=[("notice", "お知らせ"), ("correction", "お知らせの訂正（前の文面も残ります）")],
        widget=forms.RadioSelect,
        error_messages={"required": "お知らせか訂正かを選んでください。"},
    )
    title = forms.CharField(
        label="見出し", max_length=100, error_messages={"required": "見出しを入力してください。"}
    )
    what = forms.CharField(
        label="何が起きたか",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "何が起きたかを入力してください。"},
    )
    steps = _lines("この順に行ってください（3つまで）")
    donts = _lines("しないでください")
    risk = _lines("どのくらい危険か")
    done = _lines("こちらで済ませたこと")
    next = _lines("このあと")
    sms = forms.CharField(label="短い文（SMS、60字まで）", max_length=200, required=False)
    seal = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    skip_reason = forms.CharField(
        label="送り先から外した理由（外したときだけ）",
        max_length=300,
        required=False,
        help_text="右の「送り先」で外した人が、ほかの方法で知っているかも書いてください。",
    )

    @classmethod
    def of(cls, text: CustomerText, *, kind: str, version: int, revision: int) -> WordsForm:
        """The form with a text in it."""
        lines = {name: "\n".join(getattr(text, name)) for name in _LINE_BLOCKS}
        single = {"title": text.title, "sms": text.sms}
        seen = {"kind": kind, "version": version, "revision": revision}
        return cls(initial=lines | single | seen)

    def blocks(self) -> dict[str, Any]:
        """What was written, by block."""
        return _blocks(self.cleaned_data)

    def initial_blocks(self) -> dict[str, Any]:
        """What stood there at the beginning; of a form with faults, what was typed."""
        return _blocks({name: self[name].value() or "" for name in (*_LINE_BLOCKS, *_ONE_LINE)})

    def clean_revision(self) -> int:
        """0 when there was no draft."""
        return int(self.cleaned_data["revision"] or 0)


def _blocks(given: Mapping[str, Any]) -> dict[str, Any]:
    lines = {
        name: [line.strip() for line in str(given[name]).splitlines() if line.strip()]
        for name in _LINE_BLOCKS
    }
    return lines | {name: " ".join(str(given[name]).split()) for name in _ONE_LINE}


class LeaveAloneForm(forms.Form):
    """From which rule, why, and how long at most."""

    use_required_attribute = False

    rule = forms.CharField(
        max_length=200, error_messages={"required": "知らせない条件を選んでください。"}
    )
    reason = forms.CharField(
        label="ここでは問題ない理由",
        max_length=400,
        help_text="だれに、何を確かめたかを書いてください。",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "理由を入力してください。"},
    )
    days = forms.ChoiceField(
        label="いつまで",
        choices=[("30", "30日"), ("90", "90日"), ("180", "180日（最長）")],
        initial="30",
        error_messages={"required": "期限を選んでください。"},
    )
