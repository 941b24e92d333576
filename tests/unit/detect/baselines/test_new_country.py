"""Which records are sign-ins of people, and from which country; what is told of a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.detect.baselines.measure import LEARNING_DAYS
from hinomi.detect.baselines.new_country import NEW_COUNTRY
from tests.unit.detect.baselines.office import at, event, watched

if TYPE_CHECKING:
    from hinomi.core.records import Event

VPN = {"subtype": "vpn", "action": "tunnel-up"}
AZURE = {"category": "SignInLogs", "resultType": "0"}


def vpn(country: str, day: int) -> Event:
    return event({**VPN, "srccountry": country}, at(day), user="mori", device="fw")


@pytest.mark.parametrize(
    ("shape", "fields", "value"),
    [
        ("fortigate", {**VPN, "srccountry": "Netherlands"}, "country=オランダ"),
        ("fortigate", {**VPN, "srccountry": "Reserved"}, None),
        ("fortigate", {"subtype": "vpn", "action": "ssl-login-fail", "srccountry": "Japan"}, None),
        ("fortigate", {"action": "login", "status": "success", "srccountry": "Tonga"},
         "country=tonga"),
        ("fortigate", {"action": "login", "status": "failed", "srccountry": "Tonga"}, None),
        ("sophos", {"log_subtype": "Authentication", "status": "Successful", "src_country": "NLD"},
         "country=オランダ"),
        ("sophos", {"log_subtype": "Authentication", "status": "Failed", "src_country": "NLD"},
         None),
        ("sophos", {"log_subtype": "Authentication", "status": "Successful", "src_country": "R1"},
         None),
        ("generic", {**AZURE, "location": "NL"}, "country=オランダ"),
        ("generic", {**AZURE, "resultType": "50126", "location": "NL"}, None),
        ("generic", {**AZURE, "properties.autonomousSystemNumber": "64500"}, "network=AS64500"),
        ("generic", {"location.countryOrRegion": "JP", "status.errorCode": "0"}, "country=日本"),
        ("generic", {"location.countryOrRegion": "JP", "status.errorCode": "50053"}, None),
        ("generic", {"message": "hello"}, None),
        ("windows", {"EventID": "4624", "LogonType": "10", "TargetUserName": "mori"}, None),
    ],
)  # fmt: skip
def test_a_country_counts_where_the_sender_states_it_and_the_sign_in_worked(
    shape: str, fields: dict[str, str], value: str | None
) -> None:
    found = NEW_COUNTRY.readers[shape](event(fields, at(0), shape=shape))

    assert (found.value if found else None) == value


def test_a_new_country_is_told_with_its_name_in_japanese() -> None:
    (found,) = watched(
        [*(vpn("Japan", day) for day in range(LEARNING_DAYS)), vpn("Netherlands", 20)],
        measures=[NEW_COUNTRY],
    )

    assert found.slots["differs"] == "はじめての国（オランダ）から"
    assert found.slots["user"] == "mori"


def test_two_senders_that_spell_one_country_differently_mean_the_same() -> None:
    cloud = event({**AZURE, "location": "JP"}, at(20), shape="generic")

    assert not watched(
        [*(vpn("Japan", day) for day in range(LEARNING_DAYS)), cloud], measures=[NEW_COUNTRY]
    )
