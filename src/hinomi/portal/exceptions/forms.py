"""Forms about exceptions."""

from __future__ import annotations

from django import forms

DAYS = [("30", "30日"), ("90", "90日"), ("180", "180日")]


class ReviewForm(forms.Form):
    """Which exception, how much longer (0 ends it), and why. Carries the end the person saw."""

    use_required_attribute = False

    exception = forms.CharField(max_length=40)
    seen_until = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S.%f%z"])
    days = forms.ChoiceField(
        choices=[*DAYS, ("0", "")], error_messages={"required": "続ける長さを選んでください。"}
    )
    reason = forms.CharField(
        max_length=500, error_messages={"required": "見直した理由を入力してください。"}
    )
