"""Connecting an account at a maker's API: tried before it is kept, its key sealed, each failure in
words; and a person says once which customer is which company."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils.timezone import localdate

from hinomi.config import Config
from hinomi.core.clock import SystemClock
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.connections import services
from hinomi.portal.connections.models import Connection, CustomerRoute
from hinomi.portal.connections.state import key_warning, state_of, today
from hinomi.portal.consents import services as consents
from hinomi.portal.consents.models import Way
from hinomi.portal.organisations.services import end_engagement
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_directory
from hinomi.portal.sources.services import revoke_source
from hinomi.store.directory import load
from hinomi.store.pollroom import PollRoom, Step, Waiting
from hinomi.store.sealed import unseal
from tests.collect.makers import AOI, CLIENT, FUMI, KEY, Makers, Playing, google_key
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from hinomi.core.directory import Source as Sender
    from tests.portal.town import Town

NASTY = "<script>alert(1)</script>\u202e"
FIELDS = {
    "name": "お客様のWithSecure",
    "client": CLIENT,
    "secret": KEY,
    "secret_ends": "2027-03-31",
    "streams": ["security_events", "incidents"],
}
GRAPH = {
    **FIELDS,
    "name": "お客様のMicrosoft",
    "tenants": f"{AOI}\n{FUMI}\n{AOI}",
    "streams": ["alerts", "sign_ins"],
}


@pytest.fixture
def makers(data: Path, settings: SettingsWrapper) -> Iterator[Makers]:
    with Playing() as playing:
        settings.HINOMI = Config(data=data, clock=SystemClock(), polls_through=playing.url)
        yield playing


@pytest.fixture
def client(town: Town) -> Client:
    return sign_in(town.people["manager", "own"])


def mine(town: Town, name: str = FIELDS["name"]) -> list[Connection]:  # type: ignore[assignment]
    return list(Connection.objects.of_firm(town.firm.id).filter(name=name))


@pytest.fixture
def routed(town: Town) -> Connection:
    """青葉工務店's account, and its source for what comes from there."""
    connection = town.aoba.connection
    (route,) = CustomerRoute.objects.within_connection(connection)
    services.is_company(
        connection=connection, customer=route.customer, name=route.name,
        organisation_id=town.aoba.organisation.pk, user=None,
    )  # fmt: skip
    return connection


def wait(data: Path, connection: Connection, *, customer: str, name: str = "") -> None:
    """A record of a customer nobody named, as collect leaves it."""
    with PollRoom(data) as room:
        raw = f'{{"text": "{NASTY}"}}'.encode()
        row = Waiting(connection.pk, f"d{customer}", customer, name, "withsecure", now(), raw)
        step = Step(connection.pk, "", "security_events")
        room.keep(step, seen=[row.digest], waiting=[row], at=now())


def test_an_account_that_answers_is_kept_with_its_key_sealed(
    town: Town, client: Client, data: Path, makers: Makers
) -> None:
    answer = client.post("/connections/new/?api=withsecure", FIELDS, follow=True)
    assert "つなぎました" in answer.content.decode()
    (made,) = mine(town)
    told = next(each for each in load(data=data).api_accounts if each.id == made.pk)
    assert unseal(told.secret, data=data, about=made.pk) == KEY
    assert (told.client, told.streams) == (CLIENT, ("security_events", "incidents"))
    for page in (f"/connections/{made.pk}/", f"/connections/{made.pk}/settings/", "/connections/"):
        text = client.get(page).content.decode()
        assert KEY not in text
        assert made.secret not in text
    assert KEY not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_tenants_are_taken_once_each(town: Town, client: Client, makers: Makers) -> None:
    client.post("/connections/new/?api=microsoft_graph", GRAPH)
    (made,) = mine(town, "お客様のMicrosoft")
    assert made.tenants == [AOI, FUMI]


def test_google_takes_the_key_file_and_its_address(
    town: Town, client: Client, makers: Makers
) -> None:
    said = {"name": "x", "secret": google_key(), "subject": "a@aoi.example", "streams": ["login"]}
    client.post("/connections/new/?api=google_workspace", said)
    (made,) = mine(town, "x")
    assert made.client == "reader@project.example"


@pytest.mark.parametrize(
    ("api", "fields", "said"),
    [
        ("withsecure", {**FIELDS, "secret": "wrong"}, "鍵が受け付けられませんでした"),
        ("withsecure", {**FIELDS, "secret": ""}, "鍵を入力してください"),
        ("withsecure", {**FIELDS, "streams": []}, "1つ以上選んでください"),
        ("withsecure", {**FIELDS, "secret_ends": "きのう"}, "日付で入力してください"),
        ("withsecure", {**FIELDS, "client": "a\x00b"}, "クライアント"),
        ("microsoft_graph", {**GRAPH, "tenants": "あおば"}, "テナントIDの形ではありません"),
        ("microsoft_graph", {**GRAPH, "tenants": ""}, "テナントIDを入力してください"),
        ("google_workspace",
         {"name": "x", "secret": "{}", "subject": "a@b.example", "streams": ["login"]},
         "鍵ファイルとして読めません"),
    ],
)  # fmt: skip
def test_what_does_not_work_is_not_kept_and_said(
    town: Town, client: Client, makers: Makers, api: str, fields: dict[str, object], said: str
) -> None:
    answer = client.post(f"/connections/new/?api={api}", fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not mine(town, str(fields["name"]))


def test_a_licence_that_is_missing_names_its_stream(
    town: Town, client: Client, makers: Makers
) -> None:
    code = {"error": {"code": "Authentication_RequestFromNonPremiumTenantOrB2CTenant"}}
    makers.refusals = {"graph.microsoft.com/v1.0/auditLogs/signIns": (403, code, {})}
    text = client.post("/connections/new/?api=microsoft_graph", GRAPH).content.decode()
    assert "サインイン" in text
    assert "先方の契約に" in text


def test_a_key_left_empty_stays_and_a_name_is_taken_once(
    town: Town, client: Client, data: Path, makers: Makers
) -> None:
    client.post("/connections/new/?api=withsecure", FIELDS)
    (made,) = mine(town)
    changed = {**FIELDS, "secret": "", "streams": ["incidents"]}
    assert client.post(f"/connections/{made.pk}/settings/", changed).status_code == 302
    made.refresh_from_db()
    assert unseal(made.secret, data=data, about=made.pk) == KEY
    assert made.streams == ["incidents"]
    answer = client.post("/connections/new/?api=withsecure", FIELDS)
    assert "もうあります" in answer.content.decode()


def test_a_person_says_which_company_and_the_data_path_knows(
    town: Town, client: Client, data: Path
) -> None:
    connection = town.aoba.connection
    wait(data, connection, customer=AOI, name=f"株式会社文京歯科{NASTY}")
    page = client.get(f"/connections/{connection.pk}/customers/?q=文京").content.decode()
    assert "<script>alert" not in page
    assert "文京歯科" in page
    fumi = town.fumi.organisation
    client.post(
        f"/connections/{connection.pk}/customers/answer/", {"customer": AOI, "company": fumi.pk}
    )
    told = [each for each in load(data=data).api_routes if each.tenant == AOI]
    (source,) = Source.objects.of(fumi.pk).filter(kind="withsecure", name="WithSecure Elements")
    assert [(each.account, each.kind, each.source) for each in told] == [
        (connection.pk, "withsecure", source.pk)
    ]
    assert source.port is None
    assert (
        "待っているお客様はいません"
        in client.get(f"/connections/{connection.pk}/customers/").content.decode()
    )


def test_a_company_of_another_firm_cannot_be_chosen(town: Town, client: Client, data: Path) -> None:
    connection = town.aoba.connection
    wait(data, connection, customer=AOI)
    answer = client.post(
        f"/connections/{connection.pk}/customers/answer/",
        {"customer": AOI, "company": town.umi.organisation.pk},
        follow=True,
    )
    assert "会社を選んでください" in answer.content.decode()
    assert not CustomerRoute.objects.within_connection(connection).filter(customer=AOI).exists()


def test_a_record_that_names_no_customer_is_given_to_nobody(
    town: Town, client: Client, data: Path
) -> None:
    connection = town.aoba.connection
    wait(data, connection, customer="")
    path = f"/connections/{connection.pk}/customers/answer/"
    said = {"customer": "", "company": town.aoba.organisation.pk}
    assert "会社を決められません" in client.post(path, said, follow=True).content.decode()
    client.post(path, {"customer": "", "nobody": "1"})
    told = [e for e in load(data=data).api_routes if e.account == connection.pk and not e.tenant]
    assert [each.source for each in told] == [""]


def test_a_route_to_a_company_no_longer_served_is_not_told(
    town: Town, routed: Connection, data: Path
) -> None:
    connection = routed
    mine = [each for each in load_now(data).api_routes if each.account == connection.pk]
    assert len(mine) == 1
    end_engagement(firm_id=town.firm.id, organisation_id=town.aoba.organisation.id)
    assert not [each for each in load_now(data).api_routes if each.account == connection.pk]


def test_a_source_that_was_stopped_stays_stopped(town: Town, routed: Connection) -> None:
    (source,) = Source.objects.of(town.aoba.organisation.pk).filter(kind="withsecure")
    revoke_source(source=source)
    wanted = services.Access(name=routed.name, client=routed.client)
    services.change(connection=routed, wanted=wanted, user=None)
    live = Source.objects.of(town.aoba.organisation.pk).filter(kind="withsecure", revoked_at=None)
    assert not live.exists()


def test_a_company_that_withdrew_is_not_fetched_and_agreeing_again_brings_nothing_of_between(
    town: Town, routed: Connection, client: Client, data: Path
) -> None:
    company = town.aoba.organisation
    (source,) = Source.objects.of(company.pk).filter(kind="withsecure")

    def told() -> Sender:
        return next(each for each in load_now(data).sources if each.id == source.pk)

    assert told().is_listened_to
    assert told().consent_gaps == ()
    consents.withdraw(organisation_id=company.pk, signer="青葉", way=Way.PAPER, user_id=None)
    assert not told().is_listened_to
    page = client.get(f"/connections/{routed.pk}/").content.decode()
    assert "同意待ち" in page
    at = now()
    said = consents.Said("青葉", localdate(at), frozenset({"withsecure"}))
    consents.sign(organisation_id=company.pk, said=said, way=Way.PAPER, user_id=None)
    assert told().is_listened_to
    assert not told().taken_at(at)
    assert told().taken_at(now())
    assert "同意待ち" not in client.get(f"/connections/{routed.pk}/").content.decode()


def test_naming_a_company_that_signed_for_other_things_says_that_nothing_is_fetched(
    town: Town, client: Client, data: Path
) -> None:
    fumi, connection = town.fumi.organisation, town.aoba.connection
    said = consents.Said("文京", localdate(now()), frozenset({"linux"}))
    consents.sign(organisation_id=fumi.pk, said=said, way=Way.PAPER, user_id=None)
    wait(data, connection, customer=AOI)
    path = f"/connections/{connection.pk}/customers/answer/"
    answer = client.post(path, {"customer": AOI, "company": fumi.pk}, follow=True)
    assert "同意がないため" in answer.content.decode()
    (source,) = Source.objects.of(fumi.pk).filter(kind="withsecure", name="WithSecure Elements")
    assert source.awaits_consent


def test_streams_of_who_did_not_agree_are_not_said_to_be_fetched(
    town: Town, client: Client, data: Path
) -> None:
    user = town.people["manager", "own"]
    wanted = services.Access(name="g", client="c", subject="a@aoi.example", secret=KEY,
                             streams=("login",))  # fmt: skip
    made = services.connect(firm_id=town.firm.id, api="google_workspace", wanted=wanted, user=user)
    services.is_company(
        connection=made, customer="C1", name="x", organisation_id=town.aoba.organisation.pk,
        user=user,
    )  # fmt: skip
    with PollRoom(data) as room:
        room.looked(Step(made.pk, "", "login"), name="", at=now())
    path = f"/connections/{made.pk}/"
    assert "取り込んでいます" in client.get(path).content.decode()
    (source,) = Source.objects.of(town.aoba.organisation.pk).filter(kind="google_workspace")
    revoke_source(source=source)
    page = client.get(path).content.decode()
    assert "取り込んでいます" not in page
    assert "取り込みません" in page


def load_now(data: Path):  # type: ignore[no-untyped-def] # noqa: ANN201
    publish_directory()
    return load(data=data)


def test_trouble_is_told_on_the_account_and_on_the_source(
    town: Town, routed: Connection, client: Client, data: Path
) -> None:
    connection = routed
    with PollRoom(data) as room:
        step = Step(connection.pk, "", "security_events")
        room.looked(
            step, name="", at=now(), trouble="key_expired", sentence="鍵の期限が切れています。"
        )
    assert state_of(connection).name == "trouble"
    assert "鍵の期限が切れています" in client.get("/connections/").content.decode()
    (source,) = Source.objects.of(town.aoba.organisation.pk).filter(kind="withsecure")
    assert "鍵の期限が切れています" in client.get(f"/sources/{source.pk}/").content.decode()
    owner = sign_in(town.people["owner", "own"]).get(f"/sources/{source.pk}/").content.decode()
    assert "こちらで対応しています" in owner
    assert "鍵の期限" not in owner


@pytest.mark.parametrize(("days", "said"), [(31, ""), (30, "あと30日"), (-1, "過ぎています")])
def test_a_key_s_end_is_told_thirty_days_before(town: Town, days: int, said: str) -> None:
    connection = town.aoba.connection
    connection.secret_ends = today() + timedelta(days=days)
    warning = key_warning(connection)
    assert (said in warning) if said else not warning


def test_pausing_removing_and_forgetting(town: Town, client: Client, data: Path) -> None:
    connection = town.aoba.connection
    base = f"/connections/{connection.pk}"
    client.post(f"{base}/pause/")
    assert next(e for e in load(data=data).api_accounts if e.id == connection.pk).is_paused
    client.post(f"{base}/resume/")
    (route,) = CustomerRoute.objects.within_connection(connection)
    client.post(f"{base}/customers/forget/", {"route": route.pk})
    assert not [e for e in load(data=data).api_routes if e.account == connection.pk]
    assert client.get(f"{base}/remove/").status_code == 200
    client.post(f"{base}/remove/")
    assert connection.pk not in [each.id for each in load(data=data).api_accounts]
    connection.refresh_from_db()
    assert connection.secret == ""


def test_trying_again_says_what_is_wrong(town: Town, client: Client, makers: Makers) -> None:
    client.post("/connections/new/?api=withsecure", FIELDS)
    (made,) = mine(town)
    path = f"/connections/{made.pk}/try/"
    assert "つながりました" in client.post(path, follow=True).content.decode()
    makers.token_answer = (401, {"error": "invalid_client"})
    assert "鍵が受け付けられません" in client.post(path, follow=True).content.decode()
