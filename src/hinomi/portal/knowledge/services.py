"""Counts what people say of articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Q

from hinomi.portal.access.time import now
from hinomi.portal.knowledge.models import Helped

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from hinomi.portal.knowledge.library import Article


@transaction.atomic
def say_helped(*, organisation_id: str, article: Article, user: User, said: str) -> None:
    """はい ("yes") or いいえ; the newest word of a person counts."""
    Helped.objects.of(organisation_id).update_or_create(
        organisation_id=organisation_id,
        article=article.key,
        user=user,
        defaults={"version": article.version, "is_clear": said == "yes", "at": now()},
    )


def counts() -> dict[str, dict[str, int]]:
    """はい and いいえ by article over all companies: numbers only, of nobody."""
    rows = Helped.objects.across_all(reason="which articles to write better; names no company")
    found = rows.values("article").annotate(
        yes=Count("pk", filter=Q(is_clear=True)), no=Count("pk", filter=Q(is_clear=False))
    )
    return {row["article"]: {"yes": row["yes"], "no": row["no"]} for row in found}
