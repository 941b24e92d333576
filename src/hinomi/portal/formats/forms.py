"""What we ask when a format is taught."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.core.words import Disposition, ThreatKind
from hinomi.normalise.learned import Judgement, Time, read_definition
from hinomi.portal.formats.samples import (
    MOST_BYTES,
    MOST_LINES,
    lines_of_file,
    lines_of_text,
)
from hinomi.portal.formats.words import ROLE_CHOICES, ZONES
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.files.uploadedfile import UploadedFile
    from django.http import QueryDict

    from hinomi.portal.formats.models import FormatDraft
    from hinomi.portal.sources.models import Source

_TOO_LARGE = "ファイルが大きすぎます。1MBまでに分けてください。"
_ROLES = frozenset(key for key, _ in ROLE_CHOICES)


def _small(file: UploadedFile[Any] | None) -> UploadedFile[Any] | None:
    if file is not None and (file.size or 0) > MOST_BYTES:
        raise forms.ValidationError(_TOO_LARGE)
    return file


class NewForm(forms.Form):
    """A name, and lines from one of four places. Cleans to `lines` for what was brought here."""

    use_required_attribute = False

    name = forms.CharField(
        label="この形式の名前",
        help_text="例：○○社の見守り機器",
        max_length=80,
        error_messages={
            "required": "名前を入力してください。",
            "max_length": "名前は80字までで入力してください。",
        },
    )
    text = forms.CharField(
        label="記録を貼り付ける",
        help_text=f"1行に1件。{MOST_LINES}行まで。種類のちがう行を混ぜて、20行ほどあると読みやすくなります。",
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false"}),
        required=False,
    )
    file = forms.FileField(
        label="または、ファイルから読む",
        required=False,
        error_messages={"empty": "中身がありません。記録の入ったファイルを選んでください。"},
    )
    address = forms.ChoiceField(label="または、知らない送り元の記録から", required=False)
    source = forms.ChoiceField(label="または、登録した機器の読めなかった記録から", required=False)

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        addresses: Iterable[tuple[str, int]] = (),
        sources: Iterable[Source] = (),
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        self._choose("address", [(each, f"{each}（{count}件）") for each, count in addresses])
        self._choose(
            "source", [(each.id, f"{each.organisation.name}：{each.name}") for each in sources]
        )

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "選ばない"), *choices]

    def clean_name(self) -> str:
        """One line without control characters."""
        return one_line(str(self.cleaned_data["name"]))

    def clean_file(self) -> UploadedFile[Any] | None:
        """Refused before it is read into memory."""
        return _small(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        """One place at least; a file goes before what was pasted."""
        cleaned = super().clean() or {}
        file, text = cleaned.get("file"), str(cleaned.get("text") or "")
        lines = lines_of_file(file.read()) if file else lines_of_text(text)
        cleaned["lines"] = lines
        if not lines and not cleaned.get("address") and not cleaned.get("source"):
            self.add_error("text", "記録を貼り付けるか、どこから読むかを選んでください。")
        return cleaned


class ImportForm(forms.Form):
    """A format that was exported as a file."""

    use_required_attribute = False

    file = forms.FileField(
        label="形式のファイル（JSON）",
        error_messages={
            "required": "ファイルを選んでください。",
            "empty": "中身がありません。形式のファイルを選んでください。",
        },
    )

    def clean_file(self) -> UploadedFile[Any] | None:
        """Refused before it is read into memory."""
        return _small(self.cleaned_data["file"])


class FieldsForm:
    """The table of fields: `name-N` the field, `role-N` what it is. No Django form, because the
    names come from the wire."""

    def __init__(self, sent: QueryDict) -> None:
        self.roles: dict[str, str] = {}
        for number in range(400):
            name, role = sent.get(f"name-{number}"), sent.get(f"role-{number}")
            if name is None or role is None:
                break
            if role in _ROLES:
                self.roles[name] = role


class PointForm(forms.Form):
    """Which pieces of the line, and what they are."""

    use_required_attribute = False

    role = forms.ChoiceField(
        label="これは何ですか", choices=[("", "選んでください"), *ROLE_CHOICES[1:]], required=False
    )
    label = forms.CharField(
        label="または、自分で名前を付ける",
        max_length=40,
        required=False,
        error_messages={"max_length": "名前は40字までで入力してください。"},
    )

    def clean_label(self) -> str:
        """A name that a template can hold."""
        label = one_line(str(self.cleaned_data["label"]))
        is_ours = label.startswith(("_", "verdict.", "learned."))
        if is_ours or any(letter in label for letter in "{}:"):
            raise forms.ValidationError("名前に {、}、: は使えません。別の名前にしてください。")
        return label


class MeaningForm(forms.Form):
    """Time and meaning. Questions about words are read beside the form: their number depends on
    the device. Cleans to `time`; `deeds`, `sentences` and `judgements` are ready after that."""

    use_required_attribute = False

    pattern = forms.CharField(
        label="日時の書き方",
        help_text="autoは、おまかせです。読めないときの例：yyyy/MM/dd HH:mm:ss",
        max_length=100,
        error_messages={"required": "日時の書き方を入力してください。おまかせなら auto です。"},
    )
    zone = forms.ChoiceField(label="日時の地域", choices=ZONES)

    def __init__(self, *args: Any, draft: FormatDraft, **kwargs: Any) -> None:  # noqa: ANN401
        self._found = read_definition(draft.definition)
        time = self._found.time
        zones = dict(ZONES)
        initial = {"pattern": time.pattern, "zone": time.zone if time.zone in zones else "source"}
        super().__init__(*args, **{**kwargs, "initial": initial})

    @property
    def time(self) -> Time:
        """The time as answered."""
        return Time(
            self._found.time.fields, self.cleaned_data["pattern"], self.cleaned_data["zone"]
        )

    @property
    def deeds(self) -> dict[tuple[str, str], Disposition]:
        """(field, value) → what the device did."""
        answers = {}
        for number, outcomes in enumerate(self._found.dispositions):
            for at, (value, said) in enumerate(outcomes.values.items()):
                answers[outcomes.field, value] = self._deed(f"d-{number}-{at}", said)
        return answers

    @property
    def sentences(self) -> dict[str, tuple[Disposition, ThreatKind | None]]:
        """Layout → what was done and what it was."""
        return {
            each.id: (
                self._deed(f"s-{number}", each.disposition),
                self._threat(f"s-{number}-threat", each.verdict),
            )
            for number, each in enumerate(self._found.layouts)
        }

    @property
    def judgements(self) -> list[Judgement]:
        """Rows of verdicts that stay, with the kind that was chosen."""
        answers = [
            (each, self._threat(f"v-{number}-threat", each.kind))
            for number, each in enumerate(self._found.verdicts)
        ]
        return [Judgement(kind, each.field, each.values) for each, kind in answers if kind]

    def _deed(self, key: str, present: Disposition) -> Disposition:
        said = self.data.get(key, present.value)
        return Disposition(said) if said in tuple(Disposition) else Disposition.UNKNOWN

    def _threat(self, key: str, present: ThreatKind | None) -> ThreatKind | None:
        said = self.data.get(key, present.value if present else "")
        return ThreatKind(said) if said in tuple(ThreatKind) else None


class UseForm(forms.Form):
    """Which source is read with the format from now on."""

    use_required_attribute = False

    source = forms.ChoiceField(
        label="機器",
        error_messages={
            "required": "機器を選んでください。",
            "invalid_choice": "機器を選んでください。",
        },
    )

    def __init__(self, *args: Any, sources: Iterable[Source] = (), **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        field = self.fields["source"]
        assert isinstance(field, forms.ChoiceField)
        listed = [(each.id, f"{each.organisation.name}：{each.name}") for each in sources]
        field.choices = [("", "選んでください"), *listed]


class AnonymiseForm(forms.Form):
    """A sample to make fit for sharing."""

    use_required_attribute = False

    text = forms.CharField(
        label="記録を貼り付ける",
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false"}),
        required=False,
    )
    file = forms.FileField(
        label="または、ファイルから読む",
        help_text="記録、CSV、JSON、メール（.eml）。1MBまで。",
        required=False,
        error_messages={"empty": "中身がありません。記録の入ったファイルを選んでください。"},
    )
    words = forms.CharField(
        label="ほかに伏せることば",
        help_text="会社名や人の名前など。1行に1つ。",
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=10_000,
    )
    shift_days = forms.IntegerField(
        label="日付をずらす日数",
        help_text="0なら、そのままです。",
        min_value=-3_650,
        max_value=3_650,
        initial=0,
        error_messages={
            "required": "日数を入力してください。ずらさないなら0です。",
            "invalid": "日数を数字で入力してください。",
            "min_value": "日数は-3650から3650までで入力してください。",
            "max_value": "日数は-3650から3650までで入力してください。",
        },
    )

    def clean_file(self) -> UploadedFile[Any] | None:
        """Refused before it is read into memory."""
        return _small(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        """A file goes before what was pasted. Cleans to `raw`."""
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        cleaned["raw"] = file.read() if file else str(cleaned.get("text") or "").encode()
        if not cleaned["raw"].strip() and "file" not in self.errors:
            self.add_error("text", "記録を貼り付けるか、ファイルを選んでください。")
        return cleaned
