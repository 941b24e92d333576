"""Errors as RFC 9457 problem documents, in English and Japanese. Branch on `type`, not on text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse

from hinomi.core.errors import HinomiError
from hinomi.portal.api.schemas import ProblemOut

if TYPE_CHECKING:
    from collections.abc import Sequence

_TYPES = "/api/v1/docs/#"


class Problem(HinomiError):
    """A refused request. Each kind has its status, name and two titles."""

    status = 400
    kind = "bad-request"
    title = "The request cannot be read"
    title_ja = "要求を読めませんでした"

    def __init__(
        self, detail: str = "", *, errors: Sequence[str] = (), retry_after_s: int = 0
    ) -> None:
        super().__init__(self.title, advice=detail)
        self.detail = detail
        self.errors = list(errors)
        self.retry_after_s = retry_after_s


class KeyRefused(Problem):
    """No key, or one that is unknown, stopped or over; which of them is nobody's business."""

    status, kind = 401, "key-refused"
    title, title_ja = "A valid key is needed", "使える鍵が必要です"


class Forbidden(Problem):
    """The key lacks the right."""

    status, kind = 403, "forbidden"
    title, title_ja = "The key lacks this right", "この鍵では、できません"


class NotFound(Problem):
    """Not there, or not within the key's reach: both look alike."""

    status, kind = 404, "not-found"
    title, title_ja = "Not found", "見つかりません"


class WrongMethod(Problem):
    """The address does not take this method."""

    status, kind = 405, "wrong-method"
    title, title_ja = "The method is not allowed here", "この方法は使えません"


class Conflict(Problem):
    """Somebody changed it meanwhile, or it takes this no longer."""

    status, kind = 409, "conflict"
    title, title_ja = "It was changed meanwhile", "ほかの人が先に変えています"


class RedWords(Problem):
    """An answer holds words that customers do not understand or must not read; `errors` says
    which, and what to say instead."""

    status, kind = 409, "red-words"
    title, title_ja = "The text has words to mend", "直したほうがよい言葉があります"


class NoSlot(Problem):
    """Nobody on duty has a place left: no time may be promised."""

    status, kind = 409, "no-slot"
    title, title_ja = "No duty slot is free", "当番に空きがありません。時刻は約束できません"


class Unfit(Problem):
    """A value is missing or does not fit; `errors` names each."""

    status, kind = 422, "unfit"
    title, title_ja = "A value is missing or does not fit", "値が足りないか、合っていません"


class TooMany(Problem):
    """Too many requests with one key; `retry_after_s` says when to come again."""

    status, kind = 429, "too-many"
    title, title_ja = "Too many requests", "要求が多すぎます。時間をおいてください"


KINDS = (
    Problem, KeyRefused, Forbidden, NotFound, WrongMethod,
    Conflict, RedWords, NoSlot, Unfit, TooMany,
)  # fmt: skip
# What every operation may answer besides what it is for, by status.
REFUSALS = {kind.status: ProblemOut for kind in KINDS}


def answer_for(problem: Problem) -> JsonResponse:
    """The problem as an answer."""
    body = {
        "type": f"{_TYPES}{problem.kind}",
        "title": problem.title,
        "title_ja": problem.title_ja,
        "status": problem.status,
        "detail": problem.detail,
        "errors": problem.errors,
    }
    answer = JsonResponse(body, status=problem.status)
    answer["Content-Type"] = "application/problem+json"
    if problem.status == KeyRefused.status:
        answer["WWW-Authenticate"] = 'Bearer realm="hinomi"'
    if problem.retry_after_s:
        answer["Retry-After"] = str(problem.retry_after_s)
    return answer
