"""Whose record is it? Two companies behind one address must never be confused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hinomi.collect.identity import Identities, canonical_address, identities_of, token_sha256
from hinomi.core.directory import Directory, Organisation, Source

AOI = Organisation(id="org_aoi", name="葵製作所")
FUMI = Organisation(id="org_fumi", name="文商店")
OFFICE = "203.0.113.7"  # both companies rent a desk behind it

AOI_TOKEN = Source("aoi_token", "org_aoi", "auto", "PC", token_sha256=token_sha256("token-a"))
AOI_PORT = Source("aoi_port", "org_aoi", "yamaha", "ルーター", port=20_001)
AOI_UTM = Source("aoi_utm", "org_aoi", "fortigate", "UTM", serials=("FGT-AOI",))
FUMI_TOKEN = Source("fumi_token", "org_fumi", "auto", "PC", token_sha256=token_sha256("token-f"))
FUMI_PORT = Source("fumi_port", "org_fumi", "yamaha", "ルーター", port=20_002)
FUMI_UTM = Source("fumi_utm", "org_fumi", "fortigate", "UTM", serials=("FGT-FUMI",))
ALL = (AOI_TOKEN, AOI_PORT, AOI_UTM, FUMI_TOKEN, FUMI_PORT, FUMI_UTM)


def identities(*sources: Source) -> Identities:
    return identities_of(Directory(organisations=(AOI, FUMI), sources=sources))


def find_serial(raw: bytes) -> str | None:
    _, found, rest = raw.partition(b"devid=")
    return rest.split()[0].decode() if found else None


def by_content(known: Identities, raw: bytes, *, peer: str = OFFICE, private: bool = True) -> str:
    source = known.by_content(raw, peer=peer, is_private=private, find_serial=find_serial)
    return source.id if source else ""


def test_token_and_own_port_are_each_ones_own() -> None:
    known = identities(*ALL)
    assert known.by_token("token-a") == AOI_TOKEN
    assert known.by_token("token-f") == FUMI_TOKEN
    assert known.by_port(20_001) == AOI_PORT
    assert known.by_port(20_002) == FUMI_PORT
    assert known.by_token("token-x") is None
    assert known.by_port(20_003) is None


def test_behind_one_address_only_the_serial_tells_who_it_is() -> None:
    known = identities(*ALL)
    assert by_content(known, b"devid=FGT-AOI action=deny") == "aoi_utm"
    assert by_content(known, b"devid=FGT-FUMI action=deny") == "fumi_utm"
    assert by_content(known, b"devid=FGT-NOBODY action=deny") == ""
    assert by_content(known, b"no serial at all") == ""


def test_an_address_two_companies_declare_identifies_nobody() -> None:
    known = identities(
        replace(AOI_PORT, addresses=(OFFICE,)), replace(FUMI_PORT, addresses=(OFFICE,))
    )
    assert by_content(known, b"line") == ""


def test_an_address_two_sources_of_one_company_declare_identifies_nobody() -> None:
    known = identities(
        replace(AOI_PORT, addresses=(OFFICE,)), replace(AOI_UTM, addresses=(OFFICE,))
    )
    assert by_content(known, b"line without serial") == ""


def test_a_declared_address_counts_on_a_private_listener_only() -> None:
    known = identities(replace(AOI_PORT, addresses=(OFFICE,)))
    assert by_content(known, b"line") == "aoi_port"
    assert by_content(known, b"line", private=False) == ""
    assert by_content(known, b"line", peer="203.0.113.8") == ""


def test_a_serial_that_contradicts_the_address_goes_nowhere() -> None:
    known = identities(replace(AOI_PORT, addresses=(OFFICE,)), FUMI_UTM)
    assert by_content(known, b"devid=FGT-FUMI") == ""
    assert by_content(known, b"devid=FGT-FUMI", peer="203.0.113.8") == "fumi_utm"


def test_inside_one_company_the_serial_names_the_device() -> None:
    known = identities(replace(AOI_PORT, addresses=(OFFICE,)), AOI_UTM)
    assert by_content(known, b"devid=FGT-AOI") == "aoi_utm"


def test_a_serial_registered_to_two_companies_identifies_nobody() -> None:
    known = identities(AOI_UTM, replace(FUMI_UTM, serials=("FGT-AOI",)))
    assert by_content(known, b"devid=FGT-AOI") == ""


@pytest.mark.parametrize("field", ["token_sha256", "port"])
def test_what_two_sources_claim_identifies_nobody(field: str) -> None:
    both = {"token_sha256": token_sha256("same"), "port": 20_009}
    known = identities(
        replace(AOI_TOKEN, **{field: both[field]}),  # type: ignore[arg-type]
        replace(FUMI_TOKEN, **{field: both[field]}),  # type: ignore[arg-type]
    )
    assert known.by_token("same") is None
    assert known.by_port(20_009) is None
    assert known.contested_ports == ({20_009} if field == "port" else set())


def test_revoked_sources_and_deleted_companies_are_unknown() -> None:
    revoked = replace(AOI_TOKEN, is_revoked=True, port=20_001, serials=("S",), addresses=(OFFICE,))
    for known in (
        identities(revoked),
        identities_of(
            Directory(
                organisations=(replace(AOI, is_deleted=True),),
                sources=(replace(revoked, is_revoked=False),),
            )
        ),
    ):
        assert known.by_token("token-a") is None
        assert known.is_revoked("token-a")
        assert known.by_port(20_001) is None
        assert by_content(known, b"devid=S") == ""
    assert not identities(AOI_TOKEN).is_revoked("token-a")
    assert not identities(AOI_TOKEN).is_revoked("token-x")


def test_a_token_is_taken_to_the_letter() -> None:
    known = identities(AOI_TOKEN)
    for wrong in ("", "token-A", "token-a ", "token", token_sha256("token-a")):
        assert known.by_token(wrong) is None
    assert identities(replace(AOI_TOKEN, token_sha256="")).by_token("") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("127.0.0.2", "127.0.0.2"),
        ("::ffff:127.0.0.2", "127.0.0.2"),
        ("[2001:DB8::0:1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("not an address", "not an address"),
    ],
)
def test_an_address_has_one_spelling(written: str, meant: str) -> None:
    assert canonical_address(written) == meant


def test_a_source_that_waits_for_consent_is_nobody_by_any_way() -> None:
    waiting = replace(AOI_TOKEN, port=20_009, addresses=(OFFICE,), awaits_consent=True)
    known = identities(waiting, replace(AOI_UTM, awaits_consent=True))
    assert known.by_token("token-a") is None
    assert known.awaits_consent("token-a")
    assert not known.is_revoked("token-a")
    assert known.by_port(20_009) is None
    assert known.by_id("aoi_token") is None
    assert by_content(known, b"devid=FGT-AOI action=deny", peer="192.0.2.9") == ""
    assert by_content(known, b"no serial at all") == ""


def test_what_a_waiting_source_claims_does_not_go_to_another_company() -> None:
    known = identities(
        replace(AOI_UTM, awaits_consent=True), replace(FUMI_UTM, serials=("FGT-AOI",))
    )
    assert by_content(known, b"devid=FGT-AOI action=deny") == ""


def test_lines_of_a_waiting_source_are_known_for_what_they_are() -> None:
    known = identities(
        replace(AOI_UTM, awaits_consent=True),
        replace(AOI_PORT, addresses=("192.0.2.8",), awaits_consent=True),
        FUMI_UTM,
    )
    of_waiting = known.is_of_waiting
    assert of_waiting(b"devid=FGT-AOI x", peer=OFFICE, find_serial=find_serial)
    assert of_waiting(b"anything", peer="::ffff:192.0.2.8", find_serial=find_serial)
    assert not of_waiting(b"devid=FGT-FUMI x", peer=OFFICE, find_serial=find_serial)


def test_an_address_inside_one_company_says_nothing_of_another_s_source() -> None:
    """Every office has a 192.168.1.1: only the company's own waiting source is meant by it."""
    lan = "192.168.1.1"
    relays = [
        Source(f"{each}_relay", f"org_{each}", "relay", "中継機", token_sha256=each)
        for each in ("aoi", "fumi")
    ]
    known = identities(replace(AOI_PORT, addresses=(lan,), awaits_consent=True), *relays)
    assert known.is_of_waiting(b"x", peer=lan, relay="aoi_relay")
    assert not known.is_of_waiting(b"x", peer=lan, relay="fumi_relay")
    assert known.is_of_waiting(b"x", peer=lan)


def test_a_relay_that_waits_is_known_by_its_token_alone() -> None:
    waiting = Source(
        "aoi_relay",
        "org_aoi",
        "relay",
        "中継機",
        token_sha256=token_sha256("r"),
        awaits_consent=True,
    )
    known = identities(waiting)
    assert known.by_token("r") is None
    assert known.waiting_by_token("r") == waiting
