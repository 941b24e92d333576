"""Whom a form about the rota may name."""

from __future__ import annotations

from hinomi.portal.duties.partners import partnerships
from hinomi.portal.duties.rota import key_of
from hinomi.portal.duties.shown import colleagues


def who_choices(firm_id: str) -> list[tuple[str, str]]:
    """The firm's people, then its partners."""
    people = [(key_of(pk, None), name) for pk, name in colleagues(firm_id)]
    firms = [
        (key_of(None, row.partner_id), f"{row.partner.name}（監視センター）")
        for row in partnerships(firm_id)
    ]
    return people + firms
