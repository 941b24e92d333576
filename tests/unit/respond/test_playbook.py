"""Every kind of incident has a playbook, and every way through one ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.core.errors import HinomiError
from hinomi.respond import playbook
from hinomi.respond.library import cases
from hinomi.respond.playbook import Reply, playbook_for, playbooks
from hinomi.triage.cases import CASES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", sorted({*cases(), *CASES}))
def test_every_kind_has_exactly_one_playbook_of_its_own(kind: str) -> None:
    assert sum(kind in book.kinds for book in playbooks().values()) == 1


@pytest.mark.parametrize("book", playbooks().values(), ids=lambda book: book.id)
def test_every_way_ends_and_says_before_each_press_what_follows(book: playbook.Playbook) -> None:
    waiting: list[dict[str, Reply]] = [{}]
    ends = 0
    while waiting:
        answers = waiting.pop()
        question = book.present(answers)
        if question is None:
            ends += 1
            continue
        assert len(answers) < 6, "nobody answers more than six questions at night"
        for reply in Reply:
            assert question.branches[reply].then.endswith("。")
            waiting.append({**answers, question.id: reply})
        assert len(question.ask) <= 45
    assert ends >= 3


def test_a_kind_nobody_wrote_for_gets_the_general_one() -> None:
    assert playbook_for("never-heard-of").id == "other"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("next: b", "next: a"), "circle"),
        (("next: b", "next: gone"), "no question"),
        (("next: b", "then: y"), "nothing leads to b"),
        (("わからない: {then: x}", "x: {then: x}"), "misses"),
        (("start: a", "begin: a"), "misses"),
    ],
)
def test_a_broken_file_is_refused_with_its_name(
    change: tuple[str, str], why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (
        "version: 1\ntitle: t\nkinds: [x]\nstart: a\nquestions:\n"
        "  a: {ask: q, why: w, はい: {then: x, next: b}, いいえ: {then: x}, "
        "わからない: {then: x}}\n"
        "  b: {ask: q, why: w, はい: {then: x}, いいえ: {then: x}, わからない: {then: x}}\n"
    )
    monkeypatch.setattr(playbook, "_FOLDER", tmp_path)
    (tmp_path / "p.yml").write_text(text, encoding="utf-8")
    playbook._read("p.yml")
    (tmp_path / "p.yml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(HinomiError, match=why):
        playbook._read("p.yml")
