"""A customer text as plain lines: for mail, for `hinomi texts list` and for a print-out.

The layout is fixed: the checks in `hinomi.respond.check` find the blocks again by these headings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hinomi.respond.text import CustomerText

WHAT, STEPS, BUTTONS = "何が起きたか", "この順に行ってください", "押すボタン"
DONTS, RISK, DONE, NEXT = (
    "しないでください",
    "どのくらい危険か",
    "こちらで済ませたこと",
    "このあと",
)
HEADING = "■ "


def plain(text: CustomerText) -> str:
    """The whole text in its fixed order; blocks without sentences are left out."""
    blocks = (
        (WHAT, list(text.what)),
        (STEPS, [f"{number}. {step}" for number, step in enumerate(text.steps, start=1)]),
        (BUTTONS, ["".join(f"［{button.label}］" for button in text.buttons)]),
        (DONTS, [f"・{line}" for line in text.donts]),
        (RISK, list(text.risk)),
        (DONE, list(text.done)),
        (NEXT, list(text.next)),
    )
    shown = [f"{HEADING}{heading}\n" + "\n".join(lines) for heading, lines in blocks if lines]
    closing = [line for line in (text.phone, text.number, text.password) if line]
    return "\n\n".join([f"〔{text.level_word}〕{text.title}", *shown, "\n".join(closing)])
