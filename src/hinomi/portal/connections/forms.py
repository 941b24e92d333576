"""What we ask about an account: how to reach the API, with which key, for whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms

from hinomi.collect.pollers.google_workspace import read_key_file
from hinomi.collect.pollers.trouble import PollFailed
from hinomi.portal.connections.services import Access

if TYPE_CHECKING:
    from django.http import QueryDict

    from hinomi.collect.pollers.api import Api
    from hinomi.portal.connections.models import Connection

_LONG = {"max_length": "長すぎます。短くしてください。"}
_TENANT = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{2,100}")
_MOST_TENANTS = 1_000
GOOGLE = "google_workspace"


class AccessForm(forms.Form):
    """The stored key is never shown; left empty it stays. Which fields there are depends on the
    API."""

    use_required_attribute = False

    name = forms.CharField(
        label="呼び名",
        help_text="例：お客様のMicrosoft 365",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "呼び名を入力してください。", **_LONG},
    )
    client = forms.CharField(
        label="クライアントID",
        help_text="先方の管理画面で作った、読むだけのもののIDです。",
        max_length=254,
        error_messages={"required": "クライアントIDを入力してください。", **_LONG},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    secret = forms.CharField(
        label="鍵（シークレット）",
        max_length=8_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "鍵を入力してください。", **_LONG},
    )
    secret_ends = forms.DateField(
        label="鍵の期限",
        help_text="先方の画面に出ている期限です。30日前から、ここで知らせます。",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "期限を、日付で入力してください。"},
    )
    subject = forms.EmailField(
        label="管理者のメールアドレス",
        help_text="この管理者の名前で、記録を読みます。",
        max_length=254,
        error_messages={
            "required": "管理者のメールアドレスを入力してください。",
            "invalid": "メールアドレスを、名前@会社.jp の形で入力してください。",
        },
    )
    tenants = forms.CharField(
        label="テナントID",
        help_text="お客様ごとのIDを、1行に1つ書きます。",
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "テナントIDを入力してください。", **_LONG},
    )
    streams = forms.MultipleChoiceField(
        label="取り込むもの",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "取り込むものを、1つ以上選んでください。"},
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        api: Api,
        connection: Connection | None = None,
    ) -> None:
        names = [stream.name for stream in api.streams]
        super().__init__(data, initial=_initial(connection) if connection else None)
        self.api = api
        self._has_secret = bool(connection and connection.secret)
        choices = self.fields["streams"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = [(stream.name, stream.word) for stream in api.streams]
        choices.initial = names
        unused = [
            name
            for name, is_asked in (
                ("client", api.kind != GOOGLE),
                ("subject", api.needs_subject),
                ("tenants", api.needs_tenants),
            )
            if not is_asked
        ]
        for name in unused:
            del self.fields[name]
        if api.kind == GOOGLE:
            self.fields["secret"].label = "サービスアカウントの鍵（JSONファイルの中身）"
        self.fields["secret"].required = not self._has_secret
        if self._has_secret:
            self.fields["secret"].help_text = "変えるときだけ入力してください。"

    def clean_tenants(self) -> tuple[str, ...]:
        """Each once, in the order written."""
        found = tuple(dict.fromkeys(str(self.cleaned_data["tenants"]).split()))
        for each in found:
            if not _TENANT.fullmatch(each):
                raise forms.ValidationError(
                    f"「{each[:60]}」は、テナントIDの形ではありません。先方の画面から写してください。"
                )
        if len(found) > _MOST_TENANTS:
            raise forms.ValidationError("多すぎます。いくつかの接続に分けてください。")
        return found

    def clean_secret(self) -> str:
        """Google's is a file's text."""
        secret = str(self.cleaned_data.get("secret") or "")
        if secret and self.api.kind == GOOGLE:
            try:
                read_key_file(secret)
            except PollFailed as failed:
                raise forms.ValidationError(
                    "鍵ファイルとして読めません。JSONファイルの中身を、全部貼り付けてください。"
                ) from failed
        return secret

    def clean(self) -> dict[str, Any]:
        """Nothing that could steer a request's lines."""
        cleaned = super().clean() or self.cleaned_data
        for name in ("name", "client", "subject"):
            if not str(cleaned.get(name) or "").isprintable():
                self.add_error(name, "見えない文字が入っています。入力し直してください。")
        return cleaned

    def access(self, *, kept_client: str = "") -> Access:
        """What was said; of Google's key file its address is the client."""
        said = self.cleaned_data
        client = str(said.get("client") or kept_client)
        if self.api.kind == GOOGLE and said["secret"]:
            client = read_key_file(said["secret"])[0][:254]
        return Access(
            name=said["name"],
            client=client,
            subject=str(said.get("subject") or ""),
            tenants=tuple(said.get("tenants") or ()),
            streams=tuple(said["streams"]),
            secret_ends=said.get("secret_ends"),
            secret=said["secret"],
        )


def _initial(connection: Connection) -> dict[str, object]:
    return {
        "name": connection.name,
        "client": connection.client,
        "subject": connection.subject,
        "secret_ends": connection.secret_ends,
        "tenants": "\n".join(connection.tenants),
        "streams": list(connection.streams),
    }


class AnswerForm(forms.Form):
    """Which company a customer is; `company` "" with `nobody`: none of ours."""

    customer = forms.CharField(max_length=450, required=False)
    company = forms.CharField(max_length=40, required=False)
    nobody = forms.CharField(max_length=1, required=False)
