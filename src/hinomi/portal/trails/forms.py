"""What a manager asks the trail."""

from __future__ import annotations

from django import forms

from hinomi.portal.trails.queries import Question
from hinomi.portal.trails.words import AREAS

_DAY = forms.DateInput(attrs={"type": "date"})


class TrailForm(forms.Form):
    """All optional; what cannot be read is told and finds nothing."""

    use_required_attribute = False
    person = forms.CharField(label="だれが", max_length=100, required=False)
    company = forms.CharField(label="お客様", max_length=200, required=False)
    kind = forms.ChoiceField(label="種類", choices=[("", "すべて"), *AREAS.items()], required=False)
    since = forms.DateField(label="この日から", widget=_DAY, required=False)
    until = forms.DateField(label="この日まで", widget=_DAY, required=False)

    def question(self) -> Question:
        """After `is_valid`."""
        told = self.cleaned_data
        return Question(
            person=told["person"].strip(),
            company=told["company"].strip(),
            kind=told["kind"],
            since=told["since"],
            until=told["until"],
        )
