"""Tries an account while a person waits, with the very code that will fetch from it: signs in, and
asks for one page of each stream. Keeps nothing, and writes nothing at the maker."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hinomi.collect.pollers.api import Asked, Tenant
from hinomi.collect.pollers.caller import Caller
from hinomi.collect.pollers.limits import PollLimits
from hinomi.collect.pollers.registry import APIS, wanted_streams
from hinomi.collect.pollers.session import Session
from hinomi.collect.pollers.trouble import PollFailed
from hinomi.core.directory import ApiAccount
from hinomi.portal.access.time import configuration, now

if TYPE_CHECKING:
    from hinomi.portal.connections.services import Access

WELL = ""
_LIMITS = replace(PollLimits(), timeout_s=10.0, answer_s=15.0, tries=1, busy_s=0.0)
_TENANTS = 3  # of many: a person waits


def try_access(wanted: Access, *, api: str, secret: str) -> list[str]:
    """What does not work, a sentence each; none when all does."""
    account = ApiAccount(
        id="", firm="", name=wanted.name, kind=api, client=wanted.client, secret="",
        subject=wanted.subject, tenants=wanted.tenants, streams=wanted.streams,
    )  # fmt: skip
    caller = Caller(_LIMITS, now, through=configuration().polls_through)
    session = Session(account, secret, caller)
    maker = APIS[api]
    try:
        tenants = maker.tenants(session)[:_TENANTS]
    except PollFailed as failed:
        return [failed.message]
    troubles: dict[str, None] = {}
    for tenant in tenants:
        for stream in wanted_streams(maker, names=wanted.streams):
            try:
                next(iter(maker.pages(Asked(session, stream, tenant))), None)
            except PollFailed as failed:
                troubles[_about(stream.word, tenant, failed)] = None
    return list(troubles)


def _about(word: str, tenant: Tenant, failed: PollFailed) -> str:
    whose = tenant.name or tenant.id
    return f"{word}{f'・{whose}' if whose else ''}：{failed.message}"
