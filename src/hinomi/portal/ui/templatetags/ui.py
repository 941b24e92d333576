"""What templates may say: icons, levels, times in words, form fields, menu, safe log text."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from django import template
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from lucide import _render_icon

from hinomi.core.words import ActionLevel
from hinomi.portal.access.time import now
from hinomi.portal.ui import assets, menu, moments
from hinomi.portal.ui.visible import visible as make_visible

if TYPE_CHECKING:
    from datetime import datetime

    from django.forms import BoundField, Form
    from django.template import RequestContext
    from django.utils.safestring import SafeString

register = template.Library()

# Each level has its own shape, so that it can be told without colour.
LEVEL_ICONS = {
    ActionLevel.NOW: "octagon-alert",
    ActionLevel.TODAY: "triangle-alert",
    ActionLevel.CHECK: "info",
    ActionLevel.NONE: "shield-check",
}
# allauth's own placeholders say other words than our labels; False leaves them out.
KINDS: dict[str, dict[str, str | bool]] = {
    "digits": {
        "inputmode": "numeric",
        "autocomplete": "one-time-code",
        "class": "code",
        "placeholder": False,
    },
    "mail": {"autocomplete": "email", "inputmode": "email", "placeholder": False},
}
HYPHENATED = re.compile(r"\b(?=[\w-]{3,20}\b)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+\b")
DEADLINES = {ActionLevel.NOW: "（5分以内）"}


@register.simple_tag
@cache  # of a few dozen drawings; a list of 200 rows had them drawn 400 times
def icon(name: str, size: int = 24) -> SafeString:
    """An inline drawing from lucide; decoration only, so screen readers skip it."""
    drawn: str = _render_icon(str(name) + "", size, aria_hidden="true", focusable="false")
    return mark_safe(drawn)  # noqa: S308  # from the package's own files, no input of ours


@register.simple_tag
def asset(path: str) -> str:
    """The address of one of our static files."""
    return assets.address(path)


@register.simple_tag
@cache  # of four levels in three sizes
def level(value: str, size: int = 24, deadline: str = "") -> SafeString:
    """緊急度 as word, shape and colour. `deadline` "shown" adds 「（5分以内）」."""
    action = ActionLevel(value)
    shown = {
        "value": action.value,
        "word": action.ja,
        "deadline": DEADLINES.get(action, "") if deadline else "",
        "icon": LEVEL_ICONS[action],
        "size": size,
    }
    return render_to_string("ui/level.html", shown)


@register.inclusion_tag("ui/menu.html", takes_context=True)
def menu_links(context: RequestContext) -> dict[str, object]:
    """The menu of the person who looks."""
    match = getattr(context.get("request"), "resolver_match", None)
    here = match.url_name if match else ""
    return {"menu": menu.menu(context.get("may") or {}, here=here or "")}


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, kind: str = "", label: str = "") -> dict[str, object]:
    """One form field in DADS order: label, 必須/任意, help, control, error. `kind` "digits" is for
    codes that are typed or pasted from elsewhere; `label` replaces the form's own."""
    return {
        "field": bound,
        "control": bound.as_widget(attrs=dict(KINDS.get(kind, {}))),
        "label": label or bound.label,
        "is_group": bound.widget_type in ("radioselect", "checkboxselectmultiple"),
    }


@register.inclusion_tag("ui/error_summary.html")
def error_summary(form: Form) -> dict[str, object]:
    """「問題があります」 with a link to each field that has a fault; nothing when there is none."""
    faults = [
        {"target": _target(form, name), "text": text}
        for name, texts in form.errors.items()
        for text in texts
    ]
    return {"faults": faults}


def _target(form: Form, name: str) -> str:
    """Where the fault's link leads: the field, or the form itself for faults of the whole."""
    if name not in form.fields:
        return "form"
    bound = form[name]
    first = f"{bound.id_for_label}_0" if bound.widget_type == "radioselect" else ""
    return first or bound.id_for_label or bound.auto_id


@register.filter
def clock(moment: datetime) -> str:
    """「10時12分」."""
    return moments.clock_ja(moment)


@register.filter
def day(moment: datetime) -> str:
    """「11月20日（金）」."""
    return moments.day_ja(moment)


@register.filter
def moment(value: datetime) -> str:
    """「11月20日（金）10時12分」."""
    return moments.moment_ja(value)


@register.filter
def month(value: datetime) -> str:
    """「2026年11月」."""
    return moments.month_ja(value)


@register.filter
def stamp(value: datetime) -> str:
    """`2026-11-20 10:12:33 JST`."""
    return moments.stamp(value)


@register.filter
def age(value: datetime) -> str:
    """「3分前」."""
    return moments.age_ja(value, now=now())


@register.filter
def unbroken(text: str) -> SafeString:
    """The escaped text with `Wi-Fi`, `K-2041` and telephone numbers kept on one line each."""
    return mark_safe(  # noqa: S308  # escaped first; only our own span is added
        HYPHENATED.sub(r'<span class="whole">\g<0></span>', conditional_escape(text))
    )


@register.filter
def visible(value: Any) -> str:  # noqa: ANN401  # template values have no type
    """Log text with its hidden characters shown; Django escapes the rest."""
    return make_visible(str(value))
