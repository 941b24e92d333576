"""Sources of intelligence for the screens: one good, one poisoned, one that cannot be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hinomi.core.indicators import Trouble
from hinomi.pipeline.intel.imports import Request, check_content, import_checked
from hinomi.pipeline.intel.publish import changing
from hinomi.portal.access.time import configuration, now

if TYPE_CHECKING:
    from hinomi.store.intel import Source

_GOOD = "value,malware,confidence,valid_until\n" + "".join(
    f"45.155.205.{n},Qakbot,{40 + n},2027-03-01\n" for n in range(1, 30)
)
_POISON = (
    "value,name\n0.0.0.0/0,everything\ngoogle.com,\nco.jp,\n192.168.0.0/16,\n"
    "d41d8cd98f00b204e9800998ecf8427e,empty\n"
    f"evil.example/{'very-long-path-' * 12},{{nasty}}\n"
)


def import_feeds(*, nasty: str) -> None:
    """Into the data folder of the screens."""
    _import("共有センター（重要）", _GOOD)
    _import("a-free-list-of-the-internet-with-a-long-name", _POISON.format(nasty=_cell(nasty)))
    known = _source("共有センター（重要）")
    with changing(configuration().data) as store:
        store.note_fault(
            known, "the server answered 401 Unauthorized", trouble=Trouble.REFUSED, now=now()
        )


def _import(name: str, text: str) -> None:
    data = configuration().data
    request = Request(source=name, who="test", kind="taxii", address="https://feeds.example/")
    checked = check_content(text.encode(), request, data=data)
    import_checked(checked, request, data=data, now=now())


def _source(name: str) -> Source:
    with changing(configuration().data) as store:
        return next(each for each in store.sources() if each.name == name)


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""').replace("\n", " ") + '"'
