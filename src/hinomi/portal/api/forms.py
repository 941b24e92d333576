"""Making a key: for what, what it may, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from hinomi.portal.access.permissions import ROLE_PERMISSIONS, Permission
from hinomi.portal.api.rights import OFFERED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.portal.access.actor import Grant

_DAYS = ((30, "30日"), (90, "90日"), (365, "1年"))


class KeyForm(forms.Form):
    """Nothing is chosen beforehand but the shortest time."""

    use_required_attribute = False
    name = forms.CharField(
        label="名前",
        help_text="どのプログラムで使うかが分かる名前",
        max_length=60,
        error_messages={"required": "名前を入力してください。"},
    )
    tenant = forms.ChoiceField(
        label="どの会社の",
        widget=forms.RadioSelect,
        error_messages={"required": "どの会社のものかを選んでください。"},
    )
    permissions = forms.MultipleChoiceField(
        label="できること",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "できることを1つ以上選んでください。"},
    )
    days = forms.TypedChoiceField(label="使える期間", choices=_DAYS, coerce=int, initial=30)

    def __init__(
        self, *args: object, grants: Mapping[str, tuple[str, Grant]], **kwargs: object
    ) -> None:
        """`grants`: what the person can make a key for, by the value of its choice."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._grants = grants
        held = {right for _, each in grants.values() for right in ROLE_PERMISSIONS[each.role]}
        self.fields["tenant"].choices = [(key, name) for key, (name, _) in grants.items()]  # type: ignore[attr-defined]
        self.fields["permissions"].choices = [  # type: ignore[attr-defined]
            (right.value, word) for right, word in OFFERED.items() if right in held
        ]

    def clean_name(self) -> str:
        """One line without control characters."""
        text = "".join(char for char in self.cleaned_data["name"] if char.isprintable()).strip()
        if not text:
            raise forms.ValidationError("名前を入力してください。")
        return text

    @property
    def grant(self) -> Grant:
        """After `is_valid`: the membership that was chosen."""
        return self._grants[self.cleaned_data["tenant"]][1]

    @property
    def rights(self) -> list[Permission]:
        """After `is_valid`: what it may."""
        return [Permission(each) for each in self.cleaned_data["permissions"]]
