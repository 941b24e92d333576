"""Forms about sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.business.watching import SourceClass
from hinomi.portal.ui.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hinomi.portal.sources.models import Source

EVERY = (
    (0, "決まっていない（パソコンなど）"),
    (900, "15分以上あくことはない（見守り機器など）"),
    (3_600, "1時間以上あくことはない"),
    (86_400, "1日以上あくことはない"),
    (604_800, "1週間以上あくことはない（週ごとの報告メールなど）"),
    (2_678_400, "1か月以上あくことはない（月ごとの報告メールなど）"),
)


OVERLAPS = ((1, "1日"), (7, "7日"), (30, "30日"))


class TokenForm(forms.Form):
    """How long the token before goes on working. `version`: which token the person saw."""

    use_required_attribute = False

    days = forms.TypedChoiceField(
        label="前のトークンを使える期間",
        help_text="この間に、機器の設定を新しいトークンに変えます。",
        choices=OVERLAPS,
        coerce=int,
        initial=7,
        error_messages={
            "required": "期間を選んでください。",
            "invalid_choice": "期間を選んでください。",
        },
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class CertificateForm(forms.Form):
    """One certificate as text."""

    use_required_attribute = False

    pem = forms.CharField(
        label="証明書（PEM）",
        help_text="-----BEGIN CERTIFICATE----- から -----END CERTIFICATE----- まで。",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        error_messages={
            "required": "証明書を貼り付けてください。",
            "max_length": "長すぎます。証明書を1つだけ貼り付けてください。",
        },
    )

    def clean_pem(self) -> str:
        """A private key must not lie here: it would be in our hands, and on this page."""
        text = str(self.cleaned_data["pem"])
        if "PRIVATE KEY" in text:
            self.data = {"pem": ""}
            raise forms.ValidationError(
                "秘密鍵が入っていました。保存していません。証明書だけを貼り付けてください。"
                "その鍵は、新しく作り直してください。"
            )
        return text


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
        help_text="これより長く届かないと、「遅れ」「途絶え」として扱います。",
        choices=EVERY,
        coerce=int,
        initial=0,
    )
    relay = forms.ChoiceField(
        label="どこに送りますか",
        help_text="社内の中継機に送ると、機器の記録は社内から暗号化して届きます。",
        required=False,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "一覧から選んでください。"),
    )
    consent = forms.BooleanField(
        label="この機器の記録を見守ることに同意します",
        error_messages={"required": "見守るには同意が必要です。チェックを入れてください。"},
    )

    def __init__(self, *args: Any, relays: Sequence[Source] = (), **kwargs: Any) -> None:  # noqa: ANN401
        """`relays`: where it may send instead of to us."""
        super().__init__(*args, **kwargs)
        if not relays:
            del self.fields["relay"]
            return
        self._offer([("", "このサービスに直接"), *_named(relays)])

    def _offer(self, choices: list[tuple[str, str]]) -> None:
        self.fields["relay"].choices = choices  # type: ignore[attr-defined]

    def of_relay(self, relays: Sequence[Source]) -> None:
        """What a relay says itself: only which of them is asked."""
        self.fields["relay"].required = True
        self.fields["relay"].label = "どの中継機ですか"
        self.fields["relay"].help_text = "その中継機のまわりの機器が、一覧と地図になります。"
        self._offer(_named(relays))

    def clean_name(self) -> str:
        """One line without control characters."""
        return one_line(str(self.cleaned_data["name"]))


def _named(relays: Sequence[Source]) -> list[tuple[str, str]]:
    return [(each.pk, each.name) for each in relays]


class RelayForm(forms.Form):
    """What we ask about a new relay."""

    use_required_attribute = False

    name = forms.CharField(
        label="中継機の呼び名",
        help_text="例：本社の中継機",
        max_length=200,
        initial="中継機",
        error_messages={
            "required": "呼び名を入力してください。",
            "max_length": "呼び名は200字までで入力してください。",
        },
    )

    def clean_name(self) -> str:
        """One line without control characters."""
        return one_line(str(self.cleaned_data["name"]))


class StaffSourceForm(SourceForm):
    """The same, asked of our own people: they may register it before the customer agreed."""

    consent = forms.BooleanField(
        label="お客様から、この機器の記録を見守る同意を受けています",
        help_text="まだのときは、空けておきます。同意を記録するまで、記録は受け取りません。",
        required=False,
    )


class WatchForm(forms.Form):
    """What a source is and how often it should speak."""

    use_required_attribute = False

    source_class = forms.ChoiceField(
        label="この機器は何ですか",
        required=False,
        choices=[
            ("", "種類から自動で決める"),
            *((each.value, each.ja) for each in SourceClass),
        ],
        error_messages={"invalid_choice": "一覧から選んでください。"},
    )
    expect_every_s = forms.TypedChoiceField(
        label="記録が届く間隔",
        help_text="これより長く届かないと、「遅れ」「途絶え」として扱います。",
        coerce=int,
        error_messages={
            "required": "間隔を選んでください。",
            "invalid_choice": "一覧から選んでください。",
        },
    )

    def __init__(self, *args: Any, present: int, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        field = self.fields["expect_every_s"]
        # A command may have said any number of seconds: keep it as a choice of its own.
        own = [] if present in dict(EVERY) else [(present, f"{present:,}秒以上あくことはない")]
        field.choices = [*EVERY, *own]  # type: ignore[attr-defined]


class DeviceNameForm(forms.Form):
    """What the people there call a machine."""

    device = forms.CharField(max_length=64, widget=forms.HiddenInput)
    nickname = forms.CharField(label="呼び名", max_length=60, required=False)

    def clean_nickname(self) -> str:
        """One line without control characters."""
        return one_line(str(self.cleaned_data["nickname"]))
