"""監査 for managers, and だれが見たか for owners."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access import audit
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.incidents.browsing import open_records
from hinomi.portal.trails.queries import SIZE
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from hinomi.portal.accounts.models import User
    from tests.portal.town import Company, Town

pytestmark = pytest.mark.django_db


def act(company: Company, user: User | None = None, **detail: str) -> None:
    audit.record(
        what="sources:source:revoke",
        user_id=user.pk if user else None,
        organisation_id=company.organisation.id,
        **detail,
    )


def test_a_manager_reads_who_did_what_to_the_firms_customers_and_nobody_elses(town: Town) -> None:
    analyst = town.people["analyst", "own"]
    act(town.aoba, analyst, source="src_aoba")
    act(town.umi, town.people["analyst", "other firm"], source="src_umi")
    audit.record(what="accounts:session:start", user_id=analyst.pk, by="code")
    audit.record(
        what="accounts:session:start", user_id=town.people["analyst", "other firm"].pk, by="code"
    )
    page = sign_in(town.people["manager", "own"]).get("/trail/").content.decode()
    assert "見守る機器を止めました" in page
    assert "サインインしました" in page
    assert "src_aoba" in page
    assert analyst.email in page
    assert "src_umi" not in page
    assert "海野水産" not in page
    assert town.people["analyst", "other firm"].email not in page


def test_the_trail_is_searched_by_person_company_kind_and_day(town: Town) -> None:
    manager = sign_in(town.people["manager", "own"])
    act(town.aoba, town.people["analyst", "own"], source="looked-for")
    act(town.fumi, town.people["owner", "same firm"], source="another")
    for question in ("person=analyst.own", "company=青葉", "person=守 own&kind=sources:"):
        page = manager.get(f"/trail/?{question}").content.decode()
        assert "looked-for" in page, question
        assert "another" not in page, question
    for question in ("since=2999-01-01", "until=2000-01-01", "company=nowhere"):
        assert "見つかりませんでした" in manager.get(f"/trail/?{question}").content.decode()
    assert manager.get("/trail/?since=tomorrow").status_code == 422
    assert manager.get("/trail/?before=x&kind=").status_code == 200


def test_pages_go_by_place_and_show_every_entry_once(town: Town) -> None:
    for number in range(2 * SIZE + 5):
        act(town.aoba, source=f"row-{number:03d}")
    manager = sign_in(town.people["manager", "own"])
    address: str | None = "/trail/?kind=sources:"
    seen: list[int] = []
    while address:
        view = manager.get(address).context["view"]
        seen += [row.place for row in view.rows if row.code == "sources:source:revoke"]
        address = f"/trail/?kind=sources:&before={view.following}" if view.following else None
    assert len(seen) == len(set(seen)) == 2 * SIZE + 5
    assert seen == sorted(seen, reverse=True)


def test_a_copy_is_taken_by_a_post_holds_no_formula_and_is_noted(town: Town) -> None:
    manager = sign_in(town.people["manager", "own"])
    user = town.people["owner", "own"]
    user.name = "=1+1"
    user.save()
    act(town.aoba, user)
    assert manager.get("/trail/export/").status_code == 405
    answer = manager.post("/trail/export/", {"kind": "sources:", "company": "青葉"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1][2] == "'=1+1"
    assert all(row[5] == "青葉工務店" for row in rows[1:])
    noted = AuditEntry.objects.get(what="audit:entry:export")
    assert noted.detail == {"rows": len(rows) - 1}


def test_an_owner_sees_who_of_the_provider_looked_when_and_why(town: Town) -> None:
    analyst = town.people["analyst", "own"]
    open_records(incident=town.aoba.incident, reason="感染の確認", user=analyst)
    owner = sign_in(town.people["owner", "own"])
    page = owner.get("/looks/", follow=True).content.decode()
    assert "火の見サービス" in page
    assert analyst.shown_name in page
    assert "感染の確認" in page
    assert town.aoba.incident.number in page
    assert "さかのぼり調査" in page, "the hunt over this company is a look too"


def test_one_company_does_not_see_looks_at_another(town: Town) -> None:
    open_records(
        incident=town.aoba.incident, reason="青葉の理由", user=town.people["analyst", "own"]
    )
    fumi = sign_in(town.people["owner", "same firm"])
    assert "青葉の理由" not in fumi.get("/looks/", follow=True).content.decode()
    assert fumi.get(f"/companies/{town.aoba.organisation.id}/looks/").status_code == 404
    staff = sign_in(town.people["staff", "own"])
    assert staff.get(f"/companies/{town.aoba.organisation.id}/looks/").status_code == 403
