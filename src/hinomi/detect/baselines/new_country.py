"""A sign-in from a country (or, where only that is stated, a provider's network) never used before.

Senders write a country as a name or as two or three letters; one company may have several senders.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hinomi.detect.baselines.first_seen import FirstSeen
from hinomi.detect.baselines.measure import BaselineTeller, Sighting
from hinomi.detect.baselines.sign_ins import SIGN_INS

if TYPE_CHECKING:
    from collections.abc import Callable

    from hinomi.core.records import Event
    from hinomi.detect.baselines.sign_ins import SignIn

# Japanese, English, ISO 3166 letters. Others are compared and shown as the sender writes them.
_COUNTRIES = """
日本|Japan|JP|JPN;アメリカ|United States|US|USA;中国|China|CN|CHN;韓国|Korea, Republic of|KR|KOR
台湾|Taiwan|TW|TWN;香港|Hong Kong|HK|HKG;ベトナム|Viet Nam|VN|VNM;ベトナム|Vietnam|VN|VNM
タイ|Thailand|TH|THA;フィリピン|Philippines|PH|PHL;インドネシア|Indonesia|ID|IDN
マレーシア|Malaysia|MY|MYS;シンガポール|Singapore|SG|SGP;インド|India|IN|IND
ロシア|Russian Federation|RU|RUS;ロシア|Russia|RU|RUS;ウクライナ|Ukraine|UA|UKR
ドイツ|Germany|DE|DEU;フランス|France|FR|FRA;イギリス|United Kingdom|GB|GBR
オランダ|Netherlands|NL|NLD;ブラジル|Brazil|BR|BRA;カナダ|Canada|CA|CAN
オーストラリア|Australia|AU|AUS;北朝鮮|Korea, Democratic People's Republic of|KP|PRK
イラン|Iran, Islamic Republic of|IR|IRN;韓国|South Korea|KR|KOR
アメリカ|United States of America|US|USA
"""
_JAPANESE = {
    spelling.lower(): row.split("|")[0]
    for row in _COUNTRIES.replace("\n", ";").split(";")
    if row
    for spelling in row.split("|")[1:]
}


def _read(sign_in_of: Callable[[Event], SignIn | None], event: Event) -> Sighting | None:
    found = sign_in_of(event)
    if found is None:
        return None
    if found.country:
        name = _JAPANESE.get(found.country.lower(), found.country)
        return Sighting(
            "", f"country={name.lower()}", name, found.source_field, slots={"user": found.user}
        )
    if found.network:
        shown = f"AS{found.network}"
        return Sighting("", f"network={shown}", shown, "autonomousSystemNumber",
                        slots={"user": found.user})  # fmt: skip
    return None


NEW_COUNTRY = FirstSeen(
    teller=BaselineTeller(
        id="baseline-new-country",
        title="A sign-in from a country never used by this company",
        case="unusual_login",
        title_ja="はじめての国からのログイン",
        tags=("attack.initial-access", "attack.t1078"),
        group_by="user",
    ),
    readers={shape: partial(_read, sign_in_of) for shape, sign_in_of in SIGN_INS.items()},
    usual="前にも使った国からだけ",
    differs="はじめての国（{shown}）から",
    asked="first seen: country (or AS number) of a sign-in that worked, in the company",
)
