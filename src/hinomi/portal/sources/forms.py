"""Forms about sources."""

from __future__ import annotations

from django import forms

EVERY = (
    (0, "決まっていない（パソコンなど）"),
    (900, "15分以上あくことはない（見守り機器など）"),
    (3_600, "1時間以上あくことはない"),
    (86_400, "1日以上あくことはない"),
)


class SourceForm(forms.Form):
    """What we ask about a new sender; everything else follows from its kind."""

    use_required_attribute = False

    name = forms.CharField(
        label="呼び名",
        help_text="例：本社の見守り機器",
        max_length=200,
        error_messages={
            "required": "呼び名を入力してください。",
            "max_length": "呼び名は200字までで入力してください。",
        },
    )
    expect_every_s = forms.TypedChoiceField(
        label="記録が届く間隔",
        help_text="これより長く届かないと、「見守れていません」と知らせます。",
        choices=EVERY,
        coerce=int,
        initial=0,
    )
    consent = forms.BooleanField(
        label="この機器の記録を見守ることに同意します",
        error_messages={"required": "見守るには同意が必要です。チェックを入れてください。"},
    )

    def clean_name(self) -> str:
        """One line without control characters."""
        return one_line(str(self.cleaned_data["name"]))


class DeviceNameForm(forms.Form):
    """What the people there call a machine."""

    device = forms.CharField(max_length=64, widget=forms.HiddenInput)
    nickname = forms.CharField(label="呼び名", max_length=60, required=False)

    def clean_nickname(self) -> str:
        """One line without control characters."""
        return one_line(str(self.cleaned_data["nickname"]))


def one_line(text: str) -> str:
    """The text without what does not print (control characters, text direction marks)."""
    return "".join(character for character in text if character.isprintable()).strip()
