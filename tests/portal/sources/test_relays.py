"""Relays: the one-time code, whom it enrols, and which sources are behind which."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from hinomi.core.errors import UsageError
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import configuration, now
from hinomi.portal.sources.models import RelayCode, Source
from hinomi.portal.sources.publication import publish_directory
from hinomi.portal.sources.relays import (
    TRIES,
    CodeRefused,
    add_relay,
    enrol,
    make_code,
    place_behind,
    relays_of,
)
from hinomi.portal.sources.services import Wanted, register_source, registered, revoke_source
from hinomi.portal.sources.tokens import token_sha256
from hinomi.store.directory import load
from hinomi.store.unknown import UnknownLine, UnknownStore
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from tests.portal.town import Town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test binds a real port."""
    monkeypatch.setattr("hinomi.portal.sources.ports._can_bind", lambda port: True)


@pytest.fixture
def relay(town: Town) -> Source:
    return add_relay(organisation_id=town.aoba.organisation.id, name="本社の中継機")


def ask(code: object, client: Client | None = None) -> tuple[int, dict[str, Any]]:
    """As the box asks: no session, no token of a form."""
    body = json.dumps({"code": code})
    asked = (client or Client(enforce_csrf_checks=True)).post(
        "/relays/enrol/", body, content_type="application/json"
    )
    return asked.status_code, asked.json()


def test_a_code_enrols_one_box_once(relay: Source) -> None:
    code = make_code(relay=relay).text
    status, told = ask(code.lower().replace("-", " "))
    assert status == 200
    assert told["relay"] == relay.id
    assert told["ingest"].endswith("/ingest/v1/relay")
    assert (
        token_sha256(told["token"])
        == Source.objects.across_all(reason="t").get(pk=relay.id).token_sha256
    )
    status, told = ask(code)
    assert status == 403
    assert "もう使われました" in told["message"]
    assert not {"token", "relay", "ingest"} & set(told)
    assert AuditEntry.objects.filter(what="sources:relay:enrol").count() == 1


def test_a_second_box_replaces_the_first(relay: Source) -> None:
    """The first one's token works no more: two boxes of one relay would double everything."""
    first = enrol(code=make_code(relay=relay).text)
    second = enrol(code=make_code(relay=relay).text)
    assert first.token != second.token
    publish_directory()
    (published,) = [s for s in load(data=configuration().data).sources if s.id == relay.id]
    assert published.token_sha256 == token_sha256(second.token)
    assert not published.older_tokens


def test_only_the_newest_code_works_and_no_plain_code_is_stored(relay: Source) -> None:
    old, new = make_code(relay=relay).text, make_code(relay=relay).text
    with pytest.raises(CodeRefused):
        enrol(code=old)
    row = RelayCode.objects.across_all(reason="t").get()
    assert new.replace("-", "")[4:] not in json.dumps([row.secret_sha256, row.handle])
    assert enrol(code=new).relay == relay


def test_ten_wrong_guesses_end_a_code(relay: Source) -> None:
    code = make_code(relay=relay).text
    for _ in range(TRIES):
        with pytest.raises(CodeRefused, match="違います"):
            enrol(code=code[:5] + "2222-2222-2222")
    with pytest.raises(CodeRefused, match="使えません"):
        enrol(code=code)


def test_a_code_ends_after_a_day(relay: Source) -> None:
    code = make_code(relay=relay).text
    rows = RelayCode.objects.across_all(reason="t")
    rows.update(until=rows.get().until - timedelta(hours=24, seconds=1))
    with pytest.raises(CodeRefused, match="24時間"):
        enrol(code=code)


def test_a_revoked_relay_enrols_nobody(relay: Source) -> None:
    code = make_code(relay=relay).text
    revoke_source(source=relay)
    with pytest.raises(CodeRefused, match="止められています"):
        enrol(code=code)
    with pytest.raises(UsageError):
        make_code(relay=relay)


@pytest.mark.parametrize("body", ["", "[]", "null", '{"code": ', "{}", '"x"'])
def test_what_is_no_question_is_refused(town: Town, body: str) -> None:
    asked = Client().post("/relays/enrol/", body, content_type="application/json")
    assert asked.status_code == 400


def test_a_source_behind_a_relay_has_its_port_there_and_none_with_us(
    town: Town, relay: Source
) -> None:
    organisation = town.aoba.organisation.id
    made = [
        register_source(organisation_id=organisation, wanted=Wanted(kind="yamaha", name=name))
        for name in ("事務所", "倉庫")
    ]
    for each in made:
        place_behind(source=each.source, relay=relay)
        place_behind(source=each.source, relay=relay)  # said twice
    publish_directory()
    sources = {s.name: s for s in load(data=configuration().data).sources if s.relay == relay.id}
    assert {name: s.relay_port for name, s in sources.items()} == {"事務所": 5140, "倉庫": 5141}
    assert {s.port for s in sources.values()} == {0}
    assert registered(made[1].source).endpoint == "中継機のIPアドレス:5141"
    with pytest.raises(UsageError):
        place_behind(source=made[1].source, relay=relay, port=5140)


def test_a_relay_brings_no_source_of_another_company(town: Town, relay: Source) -> None:
    with pytest.raises(UsageError):
        place_behind(source=town.fumi.source, relay=relay)
    assert relays_of(town.fumi.organisation.id) == []


def test_the_owner_places_a_relay_and_a_router_behind_it_on_the_screen(town: Town) -> None:
    client, company = sign_in(town.people["owner", "own"]), town.aoba.organisation.id
    assert client.post(f"/companies/{company}/relays/new/", {"name": ""}).status_code == 422
    page = client.post(f"/companies/{company}/relays/new/", {"name": "本社の中継機"})
    (relay,) = relays_of(company)
    code = page.context["code"].text
    assert code in page.content.decode()
    assert code not in client.get(f"/sources/{relay.id}/code/").content.decode()
    form = f"/companies/{company}/sources/new/fortigate/"
    assert "本社の中継機" in client.get(form).content.decode()
    said = {"name": "UTM", "expect_every_s": "0", "consent": "on", "relay": relay.id}
    setup = client.post(form, said, follow=True).content.decode()
    assert "set server &quot;中継機のIPアドレス&quot;" in setup
    assert "set port 5140" in setup
    assert "本社の中継機" in client.get(f"/sources/{relay.id}/").content.decode()


def test_no_company_names_a_relay_of_another(town: Town, relay: Source) -> None:
    client, company = sign_in(town.people["owner", "same firm"]), town.fumi.organisation.id
    said = {"name": "UTM", "expect_every_s": "0", "consent": "on", "relay": relay.id}
    client.post(f"/companies/{company}/sources/new/fortigate/", said)
    assert not Source.objects.of(company).exclude(relay=None).exists()
    assert client.post(f"/sources/{relay.id}/code/").status_code == 404


def test_lines_a_relay_heard_are_shown_to_its_own_company_s_staff_alone(
    town: Town, relay: Source
) -> None:
    """Addresses of a LAN say nothing outside it, and lines of it are the company's."""

    store = UnknownStore(configuration().data)
    lines = [
        UnknownLine("192.168.1.5", now(), "unknown_sender", b"from the lan", relay.id),
        UnknownLine("192.168.1.5", now(), "unknown_sender", b"from outside"),
    ]
    store.keep(lines, now=now())
    store.close()
    ours = sign_in(town.people["analyst", "own"]).get("/sources/unknown/").content.decode()
    assert "from the lan" in ours
    assert "本社の中継機" in ours
    theirs = sign_in(town.people["analyst", "other firm"]).get("/sources/unknown/")
    assert "from the lan" not in theirs.content.decode()
    assert "from outside" in theirs.content.decode()
