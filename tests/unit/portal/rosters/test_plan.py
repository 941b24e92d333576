"""What a list would change: nothing is given to two companies, nothing is said twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.core.company_names import read_company_name
from hinomi.portal.mailboxes.keys import key_of
from hinomi.portal.rosters.headings import Field
from hinomi.portal.rosters.plan import make_plan
from hinomi.portal.rosters.steps import DEVICE_SERIAL, Known, State, Step, World
from hinomi.portal.rosters.table import Line
from hinomi.portal.rosters.wishes import Wish, read_wish

COLUMNS = {field: place for place, field in enumerate(Field)}
AOBA = Known("org_1", "株式会社青葉工務店", read_company_name("株式会社青葉工務店"))


def wish(line: int, **cells: str) -> Wish:
    row = [cells.get(field.value, "") for field in Field]
    return read_wish(Line(line, tuple(row)), columns=COLUMNS)


def plan(*wishes: Wish, world: World | None = None) -> list[Step]:
    return make_plan(wishes, world=world or World())


def states(*wishes: Wish, world: World | None = None) -> list[State]:
    return [step.state for step in plan(*wishes, world=world)]


def test_a_new_company_its_second_device_and_the_same_again() -> None:
    rows = [
        wish(2, name="青葉工務店", device="FortiGate 40F", serial="SN1", place="本社"),
        wish(3, name="㈱青葉工務店", device="FortiGate 40F", serial="SN2", place="工場"),
        wish(4, name="青葉工務店", device="FortiGate 40F", serial="SN2", place="工場"),
    ]
    steps = plan(*rows)
    assert [step.state for step in steps] == [State.NEW, State.CHANGED, State.SAME]
    assert len({step.company for step in steps}) == 1
    assert [step.source and step.source.serials for step in steps] == [("SN1",), ("SN2",), None]


def test_an_existing_company_gets_only_what_it_lacks() -> None:
    known = replace(AOBA, phone="03-0000-0001", mails=frozenset({"aoi@aoba.example"}))
    world = World(companies=(known,))
    same = wish(2, name="青葉工務店", phone="03-0000-0001", mail="aoi@aoba.example")
    other = wish(3, name="（株）青葉工務店", phone="03-0000-0009")
    steps = plan(same, world=world)
    assert steps[0].state is State.SAME
    steps = plan(other, world=world)
    assert steps[0].state is State.CHANGED
    assert steps[0].organisation == "org_1"
    assert any("いまは03-0000-0001" in text for text in steps[0].texts)


def test_another_legal_form_is_another_company() -> None:
    world = World(companies=(AOBA,))
    assert plan(wish(2, name="有限会社青葉工務店"), world=world)[0].organisation == ""


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"name": ""}], "会社名がありません"),
        ([{"name": "株式会社甲"}, {"name": "有限会社甲"}, {"name": "甲"}], "正式な名前"),
        (
            [{"name": "甲", "phone": "03-0000-0001"}, {"name": "甲", "phone": "03-0000-0002"}],
            "2行目",
        ),
        ([{"name": "甲", "phone": "なんばん"}], "を読めません"),
        ([{"name": "甲", "mail": "a@b.example, c@d.example"}], "1つだけ"),
        ([{"name": "甲", "mail": "甲です"}], "読めません"),
        ([{"name": "=cmd|'/c calc'!A0"}], "式ではなく"),
        ([{"name": "@SUM(A1)"}], "式ではなく"),
        ([{"name": "#REF!"}], "計算を直して"),
        ([{"name": "甲" * 201}], "長すぎます"),
        ([{"name": "甲", "device": "FortiGate", "serial": "1.23E+15"}], "文字列"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(rows: list[dict[str, str]], said: str) -> None:
    last = plan(*(wish(number, **row) for number, row in enumerate(rows, start=2)))[-1]
    assert last.state is State.FAULT
    assert any(said in text for text in last.texts), last.texts


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"device": "なにかの箱", "serial": "SN1"}, "種類が分からないため"),
        ({"serial": "SN1"}, "シリアル番号は使いません"),
    ],
)
def test_a_device_nobody_knows_does_not_keep_its_company_out(
    row: dict[str, str], said: str
) -> None:
    step = plan(wish(2, name="甲", **row))[0]
    assert step.state is State.NEW
    assert step.source is None
    assert any(said in text for text in step.texts)
    assert plan(wish(2, name="甲", **row), world=World(has_mailbox=True))[0].source


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("０３－１２３４－５６７８", "03-1234-5678"),
        ("03(1234)5678", "03(1234)5678"),
        ("(03)1234-5678", "(03)1234-5678"),
        ("03-1234-5678（代表）", "03-1234-5678"),
        ("TEL:03-1234-5678", "03-1234-5678"),
        ("03-1234-5678 内線12", "03-1234-5678"),
        ("03-1234-5678 / 090-1234-5678", "03-1234-5678"),
        ("+81 3 1234 5678", "+81 3 1234 5678"),
        ("電話なし", ""),
        ("312345678", "0312345678"),
    ],
)
def test_telephone_numbers_as_lists_write_them(written: str, phone: str) -> None:
    assert plan(wish(2, name="甲", phone=written))[0].phone == phone


def test_a_serial_of_two_companies_is_given_to_neither() -> None:
    rows = [
        wish(2, name="甲", device="FortiGate", serial="SN1"),
        wish(3, name="乙", device="FortiGate", serial="SN1"),
        wish(4, name="丙", device="FortiGate", serial="SN3"),
    ]
    assert states(*rows) == [State.FAULT, State.FAULT, State.NEW]


def test_a_serial_that_another_company_has_is_refused_without_naming_it() -> None:
    world = World(companies=(AOBA,), taken={(DEVICE_SERIAL, "SN1"): ""})
    step = plan(wish(2, name="青葉工務店", device="FortiGate", serial="SN1"), world=world)[0]
    assert step.state is State.FAULT
    assert "別のところで" in step.texts[0]


def test_a_former_customer_is_not_opened_again_by_its_name() -> None:
    world = World(former=(read_company_name("青葉工務店"),))
    assert states(wish(2, name="㈱青葉工務店"), world=world) == [State.FAULT]


def test_two_customers_of_one_name_are_told_apart_by_nobody() -> None:
    world = World(companies=(AOBA, replace(AOBA, id="org_2")))
    assert states(wish(2, name="青葉工務店"), world=world) == [State.FAULT]


def test_with_a_mailbox_names_tenants_and_serials_become_routes() -> None:
    world = World(has_mailbox=True)
    steps = plan(
        wish(2, name="青葉工務店", device="どこかの箱", serial="SN1", place="本社"),
        wish(3, name="文京歯科", tenant="bunkyo-dental"),
        wish(4, name="文京歯科", host="BUNKYO-PC"),
        world=world,
    )
    assert [step.state for step in steps] == [State.NEW, State.NEW, State.CHANGED]
    assert steps[0].routes == (("tenant", "青葉工務店"), ("serial", "SN1"))
    assert steps[1].routes == (("tenant", "bunkyo-dental"),)
    assert steps[0].source
    assert steps[0].source.kind == "mail"
    assert steps[0].route_to == ("mail", "メールで届く知らせ")


def test_a_tenant_that_leads_elsewhere_in_this_mailbox_is_refused() -> None:
    claim = ("tenant", key_of("tenant", "青葉工務店"))
    world = World(companies=(AOBA,), taken={claim: "org_9"}, has_mailbox=True)
    assert states(wish(2, name="青葉工務店"), world=world) == [State.FAULT]


def test_excel_gave_the_zero_away_and_gets_it_back() -> None:
    step = plan(wish(2, name="甲", phone="312345678"))[0]
    assert step.phone == "0312345678"
    assert any("先頭の0" in text for text in step.texts)


CELLS = st.sampled_from(["", "甲", "乙", "株式会社甲", "㈱乙", "有限会社甲"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": CELLS,
            "device": st.sampled_from(["", "FortiGate", "なにか"]),
            "serial": st.sampled_from(["", "SN1", "SN2"]),
            "tenant": st.sampled_from(["", "t1", "t2"]),
            "phone": st.sampled_from(["", "03-0000-0001", "03-0000-0002", "x"]),
        }
    ),
    max_size=8,
)


@given(ROWS, st.booleans())
def test_no_claim_ever_leads_to_two_companies(
    rows: list[dict[str, str]], has_mailbox: bool
) -> None:
    """The headline promise, on any list: an identifier belongs to one company or to none."""
    wishes = [wish(number, **row) for number, row in enumerate(rows, start=2)]
    owners: dict[tuple[str, str], int] = {}
    for step in plan(*wishes, world=World(has_mailbox=has_mailbox)):
        claims = [(kind, key_of(kind, value)) for kind, value in step.routes]
        if step.source:
            claims += [("source serial", serial) for serial in step.source.serials]
        for claim in claims:
            assert owners.setdefault(claim, step.company) == step.company
