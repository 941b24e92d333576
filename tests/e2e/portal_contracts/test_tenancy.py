"""Nobody reads, counts, guesses or moves what is another company's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.e2e.portal_contracts.street import wait_for

if TYPE_CHECKING:
    from tests.e2e.portal_contracts.street import Street

pytestmark = [pytest.mark.journey, pytest.mark.sockets]

PAGES = (
    "/incidents/{number}/",
    "/queue/{number}/",
    "/sources/{source}/",
    "/sources/{source}/setup/",
    "/sources/{source}/revoke/",
    "/companies/{company}/sources/new/",
    "/companies/{company}/sources/new/fortigate/",
    "/companies/{company}/devices/",
    "/customers/{company}/",
)
ACTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/incidents/{number}/answer/", {"choice": "done"}),
    ("/queue/{number}/take/", {"from": ""}),
    ("/queue/{number}/state/", {"version": "1", "state": "done", "reason": "x"}),
    ("/queue/{number}/note/", {"text": "x", "for_customer": "on"}),
    ("/sources/{source}/revoke/", {}),
    (
        "/companies/{company}/sources/new/fortigate/",
        {"name": "x", "expect_every_s": "0", "consent": "on"},
    ),
    ("/companies/{company}/devices/name/", {"device": "x", "nickname": "x"}),
)
LISTS = ("/home/", "/incidents/", "/sources/", "/queue/", "/queue/?view=all", "/customers/")
STRANGERS = [  # who, whose things
    ("owner@aoba.example", "bunkyo"),
    ("owner@aoba.example", "umi"),
    ("staff@umi.example", "aoba"),
    ("analyst@ours.example", "umi"),
    ("desk@other.example", "bunkyo"),
    ("manager@other.example", "aoba"),
]


@pytest.mark.parametrize(("mail", "key"), STRANGERS)
def test_other_peoples_things_are_not_there(
    street: Street, numbers: dict[str, str], mail: str, key: str
) -> None:
    visitor = street.visitor(mail)
    names, before = _names(street, numbers, key), street.tower.incidents(street.companies[key].id)
    visitor.get("/accounts/sign-out/")  # brings the form's token
    for page in PAGES:
        there = visitor.get(page.format(**names))
        assert there.status == 404, page
        assert key.upper() not in there.text, page
    for page, values in ACTS:
        assert visitor.post(page.format(**names), values).status == 404, page
    assert street.tower.incidents(street.companies[key].id) == before


@pytest.mark.parametrize("mail", ["owner@aoba.example", "analyst@ours.example"])
def test_what_exists_elsewhere_looks_like_what_never_was(
    street: Street, numbers: dict[str, str], mail: str
) -> None:
    visitor = street.visitor(mail)
    never = {"number": "K-999999", "company": "org_" + "0" * 26, "source": "src_" + "0" * 26}
    for page in PAGES:
        other = visitor.get(page.format(**_names(street, numbers, "umi")))
        assert other.seen == visitor.get(page.format(**never)).seen, page


@pytest.mark.parametrize(("mail", "key"), STRANGERS)
def test_lists_searches_and_counts_know_only_ones_own(
    street: Street, numbers: dict[str, str], mail: str, key: str
) -> None:
    visitor, company = street.visitor(mail), street.companies[key]
    word = f"{key.upper()}-HIMITSU"
    asked = [
        f"/incidents/?q={word}",
        f"/incidents/?q={numbers[key]}",
        f"/queue/?view=all&q={word}",
        f"/queue/?view=all&company={company.id}",
        f"/sources/?company={company.id}",
        f"/home/?company={company.id}",
    ]
    for path in (*LISTS, *asked):
        page = visitor.get(path)
        assert page.status in (200, 403, 404), path
        assert company.name not in page.text, path
        assert f"/{numbers[key]}/" not in page.text, path
        assert company.source.id not in page.text, path


@pytest.mark.parametrize("person", ["owner", "staff"])
def test_customers_have_no_console(street: Street, numbers: dict[str, str], person: str) -> None:
    visitor = street.visitor(f"{person}@aoba.example")
    own = _names(street, numbers, "aoba")
    visitor.get("/accounts/sign-out/")
    for page in ("/queue/", "/queue/{number}/", "/customers/", "/sources/unknown/"):
        assert visitor.get(page.format(**own)).status == 403, page
    for page, values in ACTS[1:4]:
        assert visitor.post(page.format(**own), values).status == 403, page


def test_who_may_only_read_may_not_change(street: Street, numbers: dict[str, str]) -> None:
    own = _names(street, numbers, "aoba")
    visitor = street.visitor("staff@aoba.example")
    visitor.get("/accounts/sign-out/")
    for page, values in (ACTS[4], ACTS[5]):
        assert visitor.post(page.format(**own), values).status == 403, page
    assert "青葉工務店の見守り機器" in visitor.open("/sources/").seen


def test_an_ended_engagement_ends_at_once_for_who_is_inside(street: Street) -> None:
    tower = street.tower
    firm = tower.ask("firm", "add", "第三サービス")["id"]
    company = tower.organisation("夕凪旅館", "--firm", firm)
    tower.ask("user", "add", "analyst@third.example", "--firm", firm, "--role", "analyst")
    source = tower.source(company, "fortigate", "帳場の見守り機器")
    visitor = street.visitor("analyst@third.example")
    pages = (f"/customers/{company}/", f"/sources/{source.id}/", f"/companies/{company}/devices/")
    assert [visitor.get(page).status for page in pages] == [200, 200, 200]
    tower.ask("engagement", "end", "--firm", firm, "--organisation", company)
    assert [visitor.get(page).status for page in pages] == [404, 404, 404]
    for path in ("/customers/", "/sources/", "/queue/?view=all"):
        assert "夕凪旅館" not in visitor.open(path).text


def test_a_tag_of_one_person_tells_another_nothing(street: Street, numbers: dict[str, str]) -> None:
    path = f"/incidents/{numbers['aoba']}/"
    owner = street.visitor("owner@aoba.example")
    first = owner.get(path, HX_Request="true")
    tag = first.headers["etag"]
    assert "private" in first.headers["cache-control"]
    assert owner.get(path, HX_Request="true", If_None_Match=tag).status == 304
    stranger = street.visitor("owner@umi.example")
    assert stranger.get(path, HX_Request="true", If_None_Match=tag).status == 404
    outside = street.nobody().get(path, HX_Request="true", If_None_Match=tag)
    assert (outside.body, outside.headers.get("etag")) == (b"", None)  # only the way to sign in


def test_commands_and_mails_stay_within_the_company(
    street: Street, numbers: dict[str, str]
) -> None:
    for key, company in street.companies.items():
        others = [each.upper() for each in street.companies if each != key]
        for what in ("incidents", "events", "outbox"):
            rows = street.tower.ask(what, "list", "--organisation", company.id)
            assert rows, (key, what)
            assert not [other for other in others if f"{other}-HIMITSU" in str(rows)], (key, what)
        word = f"{key.upper()}-HIMITSU"
        mails = wait_for(partial(street.mails_about, word))
        told = {recipient for mail in mails for recipient in mail.recipients}
        assert told, key
        assert all(recipient.endswith(f"@{key}.example") for recipient in told), told
        assert all(len(mail.recipients) == 1 for mail in mails)
        assert all(company.name in str(mail.message["subject"]) for mail in mails)
    assert len(set(numbers.values())) == len(numbers)


@pytest.mark.parametrize("what", ["incidents", "events", "outbox"])
def test_lists_know_no_default_company(street: Street, what: str) -> None:
    assert street.tower.command(what, "list", "--format", "json").returncode == 2
    unknown = street.tower.command(what, "list", "--organisation", "org_none", "--format", "json")
    assert unknown.returncode != 0
    assert not unknown.stdout.strip()


def _names(street: Street, numbers: dict[str, str], key: str) -> dict[str, str]:
    company = street.companies[key]
    return {"number": numbers[key], "company": company.id, "source": company.source.id}
