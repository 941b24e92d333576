"""What a mail format is: one frozen value that a file in `formats/` fills, nearly all of it words.

Unlike a log's format it has no grammar of its own: labels, columns and sentences are read by one
reader (`cut`), and the format says whose words they are, and what they mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hinomi.normalise.mail.labels import plain_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hinomi.core.words import ThreatKind
    from hinomi.normalise.mail.kinds import Kinds
    from hinomi.normalise.mail.message import Letter

_LOOK_AT = 200  # lines of the body


@dataclass(frozen=True, slots=True)
class MailFormat:
    """One product's mails. `marks` are looked for in sender and subject, `body_marks` in the body.

    `labels`: field → the product's own words for it. `kinds`: its words for threats, tried before
    everybody's. `usual`: what a detection is when no word says more. `judges`: False for mails of
    unknown products; they are read, and nothing is concluded. `alive`: a daily mail without news.
    `sentences` have named groups that are fields.
    """

    name: str
    title_ja: str
    title_en: str
    vendor: str = ""
    product: str = ""
    marks: tuple[re.Pattern[str], ...] = ()
    body_marks: tuple[re.Pattern[str], ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    kinds: Kinds = ()
    usual: ThreatKind | None = None
    judges: bool = True
    alive: tuple[re.Pattern[str], ...] = ()
    sentences: tuple[re.Pattern[str], ...] = ()
    seen_ja: tuple[str, ...] = ()

    def applies(self, letter: Letter) -> bool:
        """Whether the mail says it is of this product."""
        head = f"{letter.head.sender_name} <{letter.head.sender}> {letter.head.subject}"
        if any(mark.search(head) for mark in self.marks):
            return True
        if not self.body_marks:
            return False
        body = "\n".join(line for section in letter.sections for line in section.lines[:_LOOK_AT])
        return any(mark.search(body) for mark in self.body_marks)


def words(*patterns: str) -> tuple[re.Pattern[str], ...]:
    """Patterns of a format, case aside."""
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


_own_labels: dict[str, dict[str, str]] = {}


def own_labels(form: MailFormat) -> dict[str, str]:
    """A format's labels as they are compared."""
    if form.name not in _own_labels:
        _own_labels[form.name] = plain_labels(form.labels)
    return _own_labels[form.name]
