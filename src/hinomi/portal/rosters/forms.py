"""What we ask about a list: the file, what each column means, and where its mails come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.portal.rosters.headings import Field
from hinomi.portal.rosters.table import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.files.uploadedfile import UploadedFile

    from hinomi.portal.mailboxes.models import Mailbox
    from hinomi.portal.rosters.models import Roster

_MB = 1_000_000


class FileForm(forms.Form):
    """The list itself. What is in it is read elsewhere, and told beside this field."""

    use_required_attribute = False

    file = forms.FileField(
        label="お客様の一覧（ExcelかCSV）",
        help_text=f"2万行、{MOST_BYTES // _MB}MBまで。この時点では、まだ何も登録しません。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.xlsm,.ods,.csv,.tsv,.txt"}),
        error_messages={
            "required": "ファイルを選んでください。",
            "invalid": "ファイルを選んでください。",
            "empty": "中身がありません。お客様の一覧が入ったファイルを選んでください。",
        },
    )

    def clean_file(self) -> UploadedFile[Any]:
        """Refused before it is read into memory."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                "ファイルが大きすぎます。10MBまでのファイルに分けてください。"
            )
        return file


class ColumnsForm(forms.Form):
    """One choice per column, and the mailbox. Cleans to `columns` (field → place) and `mailbox`."""

    use_required_attribute = False

    mailbox = forms.ChoiceField(
        label="この会社の警報が届くメールボックス",
        help_text="選ぶと、会社名、テナント名、シリアル番号などで、届いたメールを会社ごとに分けます。",
        required=False,
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401
        roster: Roster,
        mailboxes: Iterable[Mailbox],
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        self._mailboxes = {mailbox.id: mailbox for mailbox in mailboxes}
        self.has_mailboxes = bool(self._mailboxes)
        choices = [(each.id, each.name) for each in self._mailboxes.values()]
        own = self.fields["mailbox"]
        assert isinstance(own, forms.ChoiceField)
        own.choices = [("", "メールボックスは使わない"), *choices]
        own.initial = roster.mailbox_id or ""
        meant = {place: field for field, place in roster.columns.items()}
        for place, heading in enumerate(roster.headings):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=heading or f"{place + 1}列目（見出しなし）",
                choices=[("", "使わない"), *((field.value, field.ja) for field in Field)],
                required=False,
                initial=meant.get(place, ""),
            )

    def clean(self) -> dict[str, Any]:
        """Each meaning once, and 会社名 among them."""
        cleaned = super().clean() or self.cleaned_data
        columns: dict[Field, int] = {}
        for name, value in list(cleaned.items()):
            if name.startswith("column_") and value:
                meaning = Field(value)
                if meaning in columns:
                    self.add_error(name, f"「{meaning.ja}」が2つあります。1つにしてください。")
                columns[meaning] = int(name.removeprefix("column_"))
        if Field.NAME not in columns and not self.errors:
            raise forms.ValidationError("「会社名」の列を1つ選んでください。")
        mailbox = self._mailboxes.get(str(cleaned.get("mailbox", "")))
        return {**cleaned, "columns": columns, "mailbox": mailbox}
