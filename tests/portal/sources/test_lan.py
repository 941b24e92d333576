"""The devices a company's relays hear: shown to that company while it agrees, judged anew, safe."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.portal.access.time import configuration, now
from hinomi.portal.consents import services as consents
from hinomi.portal.consents.models import Way
from hinomi.portal.sources.lan import around
from hinomi.portal.sources.models import DeviceName, Source
from hinomi.portal.sources.publication import publish_directory
from hinomi.portal.sources.relays import add_relay, place_behind
from hinomi.portal.sources.services import Wanted, register_source, revoke_source
from hinomi.store.directory import load
from hinomi.store.lan_rows import LanDevice
from hinomi.store.pipeline import FILE_NAME, prepare
from hinomi.store.pipeline_rows import DetectWork, SeenDevice
from hinomi.store.pipeline_writer import PipelineWriter
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from hinomi.portal.organisations.models import Organisation
    from tests.portal.town import Town

pytestmark = pytest.mark.django_db
NETWORK = {
    "segments": "192.0.2.0/24", "routers": "192.0.2.1", "temporary": "3", "cannot_hear": "arp",
}  # fmt: skip
PC = {"device": "KEIRI-02", "names": "KEIRI-02", "mac": "00:14:22:01:aa:02",
      "addresses": "192.0.2.21",
      "requested": "1,3,6,15,31,33,43,44,46,47,119,121,249,252"}  # fmt: skip
OLD = {"device": "UKETSUKE", "names": "UKETSUKE", "mac": "00:00:0e:55:11:aa",
       "addresses": "192.0.2.22", "announced": "6.1"}  # fmt: skip
ROUTER = {"device": "00:a0:de:01:02:03", "mac": "00:a0:de:01:02:03", "addresses": "192.0.2.1",
          "is_router": "true"}  # fmt: skip
FAR = {"device": "<b>x</b>", "names": "<b>x</b>", "mac": "00:00:48:a1:b2:c3",
       "addresses": "198.51.100.7"}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_real_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hinomi.portal.sources.ports._can_bind", lambda port: True)


def hearing(company: Organisation, **facts: dict[str, str]) -> Source:
    """A relay with its own source, and what the worker wrote of it."""
    relay = add_relay(organisation_id=company.id, name="本社の中継機")
    wanted = Wanted(kind="discovery", name="社内の機器")
    source = register_source(organisation_id=company.id, wanted=wanted).source
    place_behind(source=source, relay=relay)
    tell(company, source, **facts)
    return source


def tell(company: Organisation, source: Source, **facts: dict[str, str]) -> None:
    moment = now()
    rows = [
        LanDevice(company.id, source.id, "" if key == "network" else key, each,
                  moment - timedelta(days=2), moment)
        for key, each in facts.items()
    ]  # fmt: skip
    seen = SeenDevice(company.id, "keiri-02", source.id, moment, moment)
    prepare(configuration().data / FILE_NAME)
    writer = PipelineWriter(configuration().data / FILE_NAME)
    writer.claim(owner="test", is_free=lambda *_: True)
    writer.commit_detect(DetectWork(offsets={0: 1}, lan=rows, devices=[seen]))
    writer.close()


def page(client: Client, company: Organisation) -> str:
    answer = client.get(f"/companies/{company.id}/devices/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_devices_stand_on_the_map_with_their_system_in_words(town: Town) -> None:
    company = town.aoba.organisation
    hearing(company, network=NETWORK, a=PC, b=OLD, c=ROUTER, d=FAR)
    shown = page(sign_in(town.people["owner", "own"]), company)
    assert "古いOSの機器が1台あります" in shown
    assert "UKETSUKE：Windows 7（または同じころのServer）と見ています。" in shown
    assert "Windows 10以降と見ています。" in shown
    assert "名前のない機器・ヤマハ・ルーター" in shown
    assert "ネットワーク2（ルーターの向こうなど）" in shown
    assert "ほかに3台あります" in shown
    assert "名乗らない機器には気づけません" in shown
    assert "<b>x</b>" not in shown
    assert "192.0.2.0/24" not in shown  # addresses of networks are for technicians
    assert "記録に名前が出てきた機器" not in shown  # keiri-02 is one of those heard
    assert "192.0.2.0/24" in page(sign_in(town.people["analyst", "own"]), company)


def test_nobody_sees_another_companys_devices(town: Town) -> None:
    company, other = town.aoba.organisation, town.fumi.organisation
    hearing(other, network=NETWORK, a=OLD)
    assert around(company.id).devices == ()
    client = sign_in(town.people["owner", "own"])
    assert "UKETSUKE" not in page(client, company)
    assert client.get(f"/companies/{other.id}/devices/").status_code == 404
    key = around(other.id).devices[0].key
    client.post(f"/companies/{company.id}/devices/name/", {"device": key, "nickname": "受付"})
    assert not DeviceName.objects.of(company.id).filter(nickname="受付").exists()


def test_a_device_heard_gets_its_nickname(town: Town) -> None:
    company = town.aoba.organisation
    hearing(company, a=PC)
    key = around(company.id).devices[0].key
    client = sign_in(town.people["owner", "own"])
    client.post(f"/companies/{company.id}/devices/name/", {"device": key, "nickname": "経理2番"})
    assert [each.title for each in around(company.id).devices] == ["経理2番"]


def test_without_consent_nothing_is_heard_and_nothing_is_shown(town: Town) -> None:
    company = town.aoba.organisation
    source = hearing(company, network=NETWORK, a=OLD)
    publish_directory()
    (sent,) = [each for each in load(data=configuration().data).sources if each.id == source.id]
    assert (sent.awaits_consent, sent.relay_port, bool(sent.relay)) == (False, 0, True)
    consents.withdraw(
        organisation_id=company.id,
        kinds=frozenset({"discovery"}),
        signer="青葉太郎",
        way=Way.PAPER,
        user_id=None,
    )
    publish_directory()
    (sent,) = [each for each in load(data=configuration().data).sources if each.id == source.id]
    assert sent.awaits_consent
    assert around(company.id).is_hearing is False
    assert "UKETSUKE" not in page(sign_in(town.people["owner", "own"]), company)


def test_a_consent_to_another_kind_does_not_open_the_ear(town: Town) -> None:
    company = town.aoba.organisation
    relay = add_relay(organisation_id=company.id, name="中継機")
    wanted = Wanted(kind="discovery", name="社内の機器")
    source = register_source(organisation_id=company.id, wanted=wanted, consent_way=None).source
    place_behind(source=source, relay=relay)
    assert source.awaits_consent


def test_a_stopped_source_shows_nothing_more(town: Town) -> None:
    source = hearing(town.aoba.organisation, a=OLD)
    revoke_source(source=source)
    assert around(town.aoba.organisation.id).devices == ()


def test_the_list_is_made_only_with_a_relay(town: Town) -> None:
    company = town.aoba.organisation
    client = sign_in(town.people["owner", "own"])
    url = f"/companies/{company.id}/sources/new/discovery/"
    assert client.get(url).headers["Location"].endswith("/relays/new/")
    relay = add_relay(organisation_id=company.id, name="中継機")
    told = {"name": "社内の機器", "expect_every_s": "0", "consent": "on"}
    assert client.post(url, told).status_code == 422
    assert client.post(url, {**told, "relay": relay.pk}).status_code == 302
    made = Source.objects.of(company.id).get(kind="discovery")
    assert (made.relay_id, made.relay_port, made.awaits_consent) == (relay.pk, None, False)


def test_the_consent_paper_says_what_is_heard(town: Town) -> None:
    hearing(town.aoba.organisation)
    client = sign_in(town.people["owner", "own"])
    url = f"/companies/{town.aoba.organisation.id}/consent/papers/consent/"
    shown = client.get(url).content.decode()
    assert "中継機が聞いた社内の機器" in shown
    assert "社内の機器の名前・アドレス・種類（通信の中身は集めません）" in shown
