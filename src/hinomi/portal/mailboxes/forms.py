"""What we ask about mailboxes: how to reach one, whom to believe there, whose a mail is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.core.mail import IGNORED, ClaimKind
from hinomi.normalise.mail.registry import GENERIC, all_mail_formats
from hinomi.portal.mailboxes.models import MailboxKind, Meaning, Security

if TYPE_CHECKING:
    from hinomi.portal.mailboxes.models import Mailbox

_LONG = {"max_length": "長すぎます。短くしてください。"}


class MailboxForm(forms.Form):
    """How a mailbox is reached. The stored password is never shown; left empty it stays."""

    use_required_attribute = False

    name = forms.CharField(
        label="呼び名",
        help_text="例：警報の受け箱",
        max_length=100,
        error_messages={"required": "呼び名を入力してください。", **_LONG},
    )
    kind = forms.ChoiceField(
        label="受け取り方", choices=MailboxKind.choices, initial=MailboxKind.IMAP
    )
    address = forms.EmailField(
        label="メールアドレス",
        help_text="機器やソフトの警報が届くアドレスです。",
        max_length=254,
        error_messages={
            "required": "メールアドレスを入力してください。",
            "invalid": "メールアドレスを、名前@会社.jp の形で入力してください。",
        },
    )
    host = forms.CharField(
        label="サーバー名", help_text="例：imap.example.jp", max_length=253, required=False
    )
    port = forms.IntegerField(
        label="ポート",
        min_value=1,
        max_value=65_535,
        initial=993,
        required=False,
        error_messages={"invalid": "ポートは、1から65535までの数で入力してください。"},
    )
    security = forms.ChoiceField(
        label="通信の守り方", choices=Security.choices, initial=Security.TLS
    )
    user = forms.CharField(
        label="ユーザー名",
        help_text="空欄なら、メールアドレスを使います。",
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label="パスワード",
        max_length=500,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    folder = forms.CharField(
        label="読むフォルダー", max_length=200, initial="INBOX", required=False
    )
    done_folder = forms.CharField(
        label="読んだあとに移すフォルダー",
        help_text="空欄なら、移さずにそのまま残します。",
        max_length=200,
        required=False,
    )
    verdict_from = forms.CharField(
        label="署名の確認をまかせるサーバー",
        help_text="空欄なら、こちらで署名（DKIM）を確かめます。ふつうは空欄のままにします。",
        max_length=253,
        required=False,
    )

    def __init__(self, *args: Any, mailbox: Mailbox | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        if mailbox is not None:
            names = (name for name in self.base_fields if name != "password")
            kwargs.setdefault("initial", {name: getattr(mailbox, name) for name in names})
        super().__init__(*args, **kwargs)
        self._has_secret = bool(mailbox and mailbox.secret)
        if self._has_secret:
            self.fields["password"].help_text = "変えるときだけ入力してください。"

    def clean(self) -> dict[str, Any]:
        """What fetching needs, and nothing that could steer a command line of IMAP."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and not value.isprintable():
                self.add_error(name, "見えない文字が入っています。入力し直してください。")
        if cleaned.get("kind") == MailboxKind.IMAP:
            if not cleaned.get("host"):
                self.add_error("host", "サーバー名を入力してください。")
            if not cleaned.get("password") and not self._has_secret:
                self.add_error("password", "パスワードを入力してください。")
        cleaned["port"] = cleaned.get("port") or 993
        cleaned["folder"] = cleaned.get("folder") or "INBOX"
        return cleaned


class AnswerForm(forms.Form):
    """Whose a mail is: what stands in it, and the company or that it is none's. Cleans to `claim`
    (kind, value), `company` (id) and `meaning`."""

    mail = forms.CharField(max_length=40)
    claim = forms.CharField(
        max_length=400, error_messages={"required": "見分けるものを選んでください。"}
    )
    company = forms.CharField(max_length=40, required=False)
    meaning = forms.ChoiceField(choices=Meaning.choices, required=False)
    reason = forms.CharField(max_length=200, required=False)

    def clean_claim(self) -> tuple[ClaimKind, str]:
        """`kind:value`, as the page wrote it."""
        kind, _, value = str(self.cleaned_data["claim"]).partition(":")
        if kind not in tuple(ClaimKind) or not value:
            raise forms.ValidationError("見分けるものを選んでください。")
        return ClaimKind(kind), value

    def clean(self) -> dict[str, Any]:
        """A company, unless it is said to be nobody's."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["meaning"] = Meaning(cleaned.get("meaning") or Meaning.COMPANY)
        if cleaned["meaning"] is Meaning.COMPANY and not cleaned.get("company"):
            self.add_error("company", "会社を選んでください。")
        return cleaned


class SenderForm(forms.Form):
    """Whether a sender is believed; `format` says what writes its mails."""

    mail = forms.CharField(max_length=40)
    domain = forms.CharField(max_length=253, required=False)
    format = forms.ChoiceField(label="メールの種類", required=False)
    verdict = forms.ChoiceField(choices=(("accept", ""), (IGNORED, "")))

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        own = self.fields["format"]
        assert isinstance(own, forms.ChoiceField)
        own.choices = format_choices()


def format_choices() -> list[tuple[str, str]]:
    """「自動」 first, 「その他」 last."""
    known = sorted(((form.name, form.title_ja) for form in all_mail_formats()), key=lambda p: p[1])
    return [("auto", "自動で見分ける"), *known, (GENERIC.name, GENERIC.title_ja)]
