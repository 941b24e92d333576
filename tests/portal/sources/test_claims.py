"""One address or serial, one source: what two claim would reach neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.portal.sources.models import Source
from hinomi.portal.sources.services import (
    AlreadyClaimed,
    Registered,
    Wanted,
    register_source,
    revoke_source,
)

if TYPE_CHECKING:
    from tests.portal.town import Town

HERE = "192.0.2.7"


def _add(
    organisation: str, name: str, *, address: str = HERE, **more: tuple[str, ...]
) -> Registered:
    wanted = Wanted(kind="fortigate", name=name, addresses=(address,), **more)  # type: ignore[arg-type]
    return register_source(organisation_id=organisation, wanted=wanted)


@pytest.mark.parametrize("again", [HERE, f"::ffff:{HERE}"])
def test_a_company_cannot_say_one_address_of_two_sources(town: Town, again: str) -> None:
    company = town.aoba.organisation.id
    _add(company, "本社")
    with pytest.raises(AlreadyClaimed, match="this company's source '本社'") as refused:
        _add(company, "倉庫", address=again)
    assert "own source's port or token" in str(refused.value.advice)
    assert not Source.objects.of(company).filter(name="倉庫").exists()


def test_another_company_learns_nothing_about_whose_it_is(town: Town) -> None:
    _add(town.aoba.organisation.id, "本社")
    with pytest.raises(AlreadyClaimed) as refused:
        _add(town.umi.organisation.id, "本社", address=f"::ffff:{HERE}")
    assert "本社" not in str(refused.value)
    assert "src_" not in str(refused.value)


def test_the_same_source_may_say_it_again_and_a_revoked_one_lets_go(town: Town) -> None:
    company = town.aoba.organisation.id
    first = _add(company, "本社")
    assert _add(company, "本社").source.id == first.source.id
    revoke_source(source=first.source)
    assert _add(company, "倉庫").source.addresses == [HERE]


def test_a_serial_is_one_sources_too(town: Town) -> None:
    company = town.aoba.organisation.id
    _add(company, "本社", serials=("FGT40F1",))
    with pytest.raises(AlreadyClaimed, match="FGT40F1"):
        _add(company, "倉庫", address="192.0.2.8", serials=("FGT40F1",))
