"""Whose piece is it: the right company, or nobody. Never the other one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hinomi.collect.mail.routes import Decision, routes_of
from hinomi.core.company_names import read_company_name
from hinomi.core.consent_gaps import ConsentGap
from hinomi.core.directory import Directory, MailRoute, Organisation, Source
from hinomi.core.mail import Claim, ClaimKind, MailReason

if TYPE_CHECKING:
    from collections.abc import Sequence

AOI, FUMI = "株式会社葵製作所", "文商店"


def decide(*claims: Claim, routes: list[tuple[str, str, str]], mail: str = "M1") -> Decision:
    directory = Directory(
        organisations=(
            Organisation("aoi", AOI),
            Organisation("fumi", FUMI),
            Organisation("gone", "澪堂", is_deleted=True),
            Organisation("untaught", "株式会社空屋"),
        ),
        sources=(
            Source("s_aoi", "aoi", "mail", "メール"),
            Source("s_fumi", "fumi", "mail", "メール"),
            Source("s_stopped", "aoi", "mail", "メール", is_revoked=True),
            Source("s_gone", "gone", "mail", "メール"),
            Source("utm_fumi", "fumi", "fortigate", "UTM", serials=("FGT-FUMI",)),
        ),
        mail_routes=tuple(MailRoute("box", *route) for route in routes),
    )
    return routes_of(directory, mailbox="box").decide(claims, mail=mail)


def tenant(value: str) -> Claim:
    return Claim(ClaimKind.TENANT, value)


def guess(value: str) -> Claim:
    return Claim(ClaimKind.TENANT, value, is_sure=False)


def serial(value: str) -> Claim:
    return Claim(ClaimKind.SERIAL, value)


def customer(value: str) -> Claim:
    return Claim(ClaimKind.CUSTOMER, value)


def address(value: str) -> Claim:
    return Claim(ClaimKind.ADDRESS, value, is_sure=False)


def host(value: str) -> Claim:
    return Claim(ClaimKind.HOST, value, is_sure=False)


NAMES = [("tenant", AOI, "s_aoi"), ("tenant", FUMI, "s_fumi")]


@pytest.mark.parametrize(
    "written", ["㈱葵製作所", "葵製作所 株式会社", "（株）葵 製作所", "葵製作所"]
)
def test_a_company_is_known_by_any_spelling_of_its_name(written: str) -> None:
    source = decide(tenant(written), routes=NAMES).source
    assert source is not None
    assert source.organisation == "aoi"


def test_a_name_that_two_companies_may_mean_belongs_to_nobody() -> None:
    """Even where only one of them was taught: the other's mails would go to it."""
    directory = Directory(
        organisations=(Organisation("k", "株式会社若葉"), Organisation("y", "有限会社若葉")),
        sources=(Source("s_k", "k", "mail", "メール"),),
        mail_routes=(MailRoute("box", "tenant", "若葉", "s_k"),),
    )
    routes = routes_of(directory, mailbox="box")
    assert routes.decide([tenant("若葉")], mail="M").waits is MailReason.CONTESTED
    assert routes.decide([tenant("有限会社若葉")], mail="M").waits is MailReason.CONTESTED
    exact = routes.decide([tenant("株式会社若葉")], mail="M").source
    assert exact is not None
    assert exact.organisation == "k"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ([], MailReason.NO_CLAIM),
        ([address("soc@example.jp")], MailReason.NO_CLAIM),
        ([tenant("知らない会社")], MailReason.UNKNOWN_CLAIM),
        ([tenant(AOI), tenant(FUMI)], MailReason.CONTRADICTORY),
        ([tenant(AOI), guess(FUMI)], MailReason.CONTRADICTORY),
        ([tenant(AOI), serial("SN-FUMI")], MailReason.CONTRADICTORY),
        ([tenant("知らない会社"), serial("SN-FUMI")], MailReason.UNKNOWN_CLAIM),
        ([tenant(AOI), tenant("知らない会社")], MailReason.UNKNOWN_CLAIM),
        ([customer("K9"), serial("SN-FUMI")], MailReason.UNKNOWN_CLAIM),
        ([tenant(AOI), customer("K8"), customer("K9")], MailReason.UNKNOWN_CLAIM),
        ([serial("SN-TWICE")], MailReason.CONTESTED),
        ([serial("FGT-FUMI")], MailReason.CONTESTED),
        ([tenant("澪堂")], MailReason.NO_SOURCE),
        ([serial("SN-FUMI"), guess("空屋")], MailReason.CONTRADICTORY),
        ([host("PC-FUMI"), guess("空屋")], MailReason.CONTRADICTORY),
        ([tenant("止めた先")], MailReason.NO_SOURCE),
        ([host("PC-TWO")], MailReason.CONTESTED),
        ([host("PC-AOI"), host("PC-FUMI")], MailReason.CONTRADICTORY),
        ([host("PC-AOI"), tenant("知らない会社")], MailReason.UNKNOWN_CLAIM),
        ([host("PC-AOI"), serial("SN-NEW")], MailReason.UNKNOWN_CLAIM),
    ],
)
def test_what_is_not_beyond_doubt_waits(claims: list[Claim], reason: MailReason) -> None:
    routes = [
        *NAMES,
        ("serial", "SN-FUMI", "s_fumi"),
        ("serial", "SN-TWICE", "s_aoi"),
        ("serial", "sn twice", "s_fumi"),
        ("serial", "FGT-FUMI", "s_aoi"),  # the UTM itself is registered to another company
        ("tenant", "澪堂", "s_gone"),
        ("tenant", "止めた先", "s_stopped"),
        ("host", "PC-AOI", "s_aoi"),
        ("host", "PC-FUMI", "s_fumi"),
        ("host", "PC-TWO", "s_aoi"),
        ("host", "PC-TWO", "s_fumi"),
    ]
    assert decide(*claims, routes=routes) == Decision(waits=reason)


def test_guesses_that_nobody_knows_do_not_keep_a_known_company_waiting() -> None:
    claims = (
        tenant(AOI),
        customer("K9"),
        guess("月次レポート"),
        host("PC-77"),
        address("soc@example.jp"),
    )
    assert decide(*claims, routes=NAMES).source is not None


def test_a_host_is_used_only_where_there_is_nothing_better() -> None:
    routes = [*NAMES, ("host", "PC-AOI", "s_aoi")]
    alone = decide(host("pc-aoi"), routes=routes).source
    beside = decide(host("PC-AOI"), tenant(FUMI), routes=routes).source
    assert alone is not None
    assert beside is not None
    assert (alone.organisation, beside.organisation) == ("aoi", "fumi")


def test_a_name_that_means_nothing_is_as_if_it_were_not_there() -> None:
    routes = [*NAMES, ("tenant", "販売会社", "-")]
    assert decide(tenant("販売会社"), tenant(AOI), routes=routes).source is not None
    assert decide(tenant("販売会社"), routes=routes).waits is MailReason.NO_CLAIM


def test_what_belongs_to_none_of_our_companies_is_put_away() -> None:
    routes = [*NAMES, ("tenant", "よその会社", "")]
    assert decide(tenant("よその会社"), routes=routes) == Decision(away=MailReason.BY_PERSON)
    both = decide(tenant("よその会社"), tenant(AOI), routes=routes)
    assert both.waits is MailReason.CONTRADICTORY


def test_a_person_may_name_the_company_of_one_mail_but_not_against_a_route() -> None:
    routes = [*NAMES, ("mail", "M1", "s_aoi")]
    assert decide(routes=routes, mail="M1").source is not None
    assert decide(routes=routes, mail="M2").waits is MailReason.NO_CLAIM
    assert decide(tenant(FUMI), routes=routes, mail="M1").waits is MailReason.CONTRADICTORY


def test_routes_of_another_mailbox_are_not_used() -> None:
    directory = Directory(
        organisations=(Organisation("aoi", AOI),),
        sources=(Source("s_aoi", "aoi", "mail", "メール"),),
        mail_routes=(MailRoute("other", "tenant", AOI, "s_aoi"),),
    )
    decision = routes_of(directory, mailbox="box").decide([tenant(AOI)], mail="M")
    assert decision.waits is MailReason.UNKNOWN_CLAIM


_STEMS = ["葵", "若葉", "みどり", "青空", "ＡＢＣ"]
_FORMS = ["", "株式会社", "㈱", "有限会社", "医療法人"]
_NAMES = st.builds(
    lambda stem, form, late: f"{stem}{form}" if late else f"{form}{stem}",
    st.sampled_from(_STEMS), st.sampled_from(_FORMS), st.booleans(),
)  # fmt: skip
_VALUES = {
    "tenant": _NAMES,
    "customer": st.sampled_from(["K1", "K2", "k-3"]),
    "serial": st.sampled_from(["SN1", "sn-1", "SN2", "ＳＮ3"]),
    "address": st.sampled_from(["soc+a@example.jp", "soc+b@example.jp"]),
    "host": st.sampled_from(["PC-1", "pc-1", "PC-2"]),
}
_PAIRS = st.sampled_from(sorted(_VALUES)).flatmap(
    lambda kind: st.tuples(st.just(kind), _VALUES[kind])
)


@settings(max_examples=250)
@given(
    names=st.lists(_NAMES, min_size=1, max_size=5),
    routes=st.lists(st.tuples(_PAIRS, st.integers(0, 4)), max_size=10),
    claims=st.lists(st.tuples(_PAIRS, st.booleans()), max_size=5),
)
def test_no_piece_ever_reaches_a_company_of_which_nothing_stands_in_it(
    names: list[str],
    routes: list[tuple[tuple[str, str], int]],
    claims: list[tuple[tuple[str, str], bool]],
) -> None:
    """Random towns and random mails: who gets a piece is named in it by a route of its own, no
    other company has a route for anything that stands in it, and no other bears that name."""
    count = len(names)
    directory = Directory(
        organisations=tuple(Organisation(f"o{n}", name) for n, name in enumerate(names)),
        sources=tuple(Source(f"s{n}", f"o{n}", "mail", "メール") for n in range(count)),
        mail_routes=tuple(
            MailRoute("box", kind, value, f"s{owner % count}") for (kind, value), owner in routes
        ),
    )
    told = [Claim(ClaimKind(kind), value, is_sure) for (kind, value), is_sure in claims]
    source = routes_of(directory, mailbox="box").decide(told, mail="M").source
    if source is None:
        return
    owners = {
        route.source[1:]: claim
        for route in directory.mail_routes
        for claim in told
        if route.kind == claim.kind and _same(route.kind, route.value, claim.value)
    }
    strong = {owner for owner, claim in owners.items() if claim.kind != ClaimKind.HOST}
    assert source.id[1:] in owners
    assert strong <= {source.id[1:]}
    for claim in told:
        if claim.kind is ClaimKind.TENANT and claim.is_sure:
            bearers = {
                n
                for n, name in enumerate(names)
                if read_company_name(name).may_be(read_company_name(claim.value))
            }
            known = any(
                route.kind == "tenant" and _same("tenant", route.value, claim.value)
                for route in directory.mail_routes
            )
            assert not known or bearers <= {int(source.id[1:])}


def _same(kind: str, one: str, other: str) -> bool:
    """Written without the code under test."""
    import unicodedata

    if kind == "tenant":
        return read_company_name(one).may_be(read_company_name(other))
    plain = [unicodedata.normalize("NFKC", each).lower() for each in (one, other)]
    if kind == "serial":
        plain = [each.replace("-", "").replace(" ", "") for each in plain]
    return plain[0] == plain[1]


HOUR = timedelta(hours=1)
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gaps", "awaits", "expected"),
    [
        ((), False, "s_aoi"),
        ((ConsentGap(AT - 2 * HOUR, AT - HOUR),), False, "s_aoi"),
        ((ConsentGap(AT - HOUR, AT + HOUR),), False, MailReason.NO_CONSENT),
        ((ConsentGap(None, None),), True, MailReason.NO_CONSENT),
        ((ConsentGap(AT + HOUR, None),), True, MailReason.NO_SOURCE),
    ],
)
def test_what_is_of_a_gap_in_the_consent_is_put_away_and_what_is_of_before_waits(
    gaps: tuple[ConsentGap, ...], awaits: bool, expected: object
) -> None:
    decision = _of_gaps(gaps, [tenant(AOI)], awaits=awaits, moments=[AT])
    found = decision.source.id if decision.source else decision.away or decision.waits
    assert found == expected


def test_a_mail_that_was_written_in_a_gap_and_comes_after_it_is_put_away_too() -> None:
    gaps = (ConsentGap(AT - 2 * HOUR, AT - HOUR),)
    late = _of_gaps(gaps, [tenant(AOI)], moments=[AT - 1.5 * HOUR, AT])
    early = _of_gaps(gaps, [tenant(AOI)], moments=[AT - 3 * HOUR, AT])
    assert late.away is MailReason.NO_CONSENT
    assert early.source is not None


def test_what_may_be_another_company_s_waits_and_is_not_erased() -> None:
    """Its own consent is in order: nobody may lose a mail to somebody else's gap."""
    never = (ConsentGap(None, None),)
    for claims in ([tenant(AOI), guess(FUMI)], [serial("SN-AOI"), guess("空屋")]):
        assert _of_gaps(never, claims, awaits=True).waits is MailReason.CONTRADICTORY


def _of_gaps(
    gaps: tuple[ConsentGap, ...],
    claims: list[Claim],
    *,
    awaits: bool = False,
    moments: Sequence[datetime] = (AT,),
) -> Decision:
    directory = Directory(
        organisations=(
            Organisation("aoi", AOI),
            Organisation("fumi", FUMI),
            Organisation("untaught", "株式会社空屋"),
        ),
        sources=(
            Source("s_aoi", "aoi", "mail", "メール", consent_gaps=gaps, awaits_consent=awaits),
            Source("s_fumi", "fumi", "mail", "メール"),
        ),
        mail_routes=(
            MailRoute("box", "tenant", AOI, "s_aoi"),
            MailRoute("box", "tenant", FUMI, "s_fumi"),
            MailRoute("box", "serial", "SN-AOI", "s_aoi"),
        ),
    )
    routes = routes_of(directory, mailbox="box")
    return routes.decide(claims, mail="M1", moments=moments)
