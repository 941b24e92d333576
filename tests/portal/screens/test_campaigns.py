"""「3社で同じ動き」 on the console: the question, both answers, taking back, the warning; and what
the customers see meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.findings import Evidence
from hinomi.portal.access.time import now
from hinomi.portal.incidents.campaigns import rounds
from hinomi.portal.incidents.campaigns.rows import Campaign
from hinomi.portal.incidents.intake import take_in
from hinomi.portal.incidents.models import Incident
from hinomi.portal.notices.models import Notice
from hinomi.portal.organisations.members import add_person, join_organisation
from hinomi.portal.organisations.services import add_organisation, end_engagement
from hinomi.triage.campaigns import UNDO_FOR
from tests.portal.bell.conftest import Findings
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from django.test import Client

    from tests.portal.town import Town

NAMES = ("一番商店", "二番商店", "三番商店", "四番商店")


class Street:
    """Four customers of our firm; the first three met the same program in one hour."""

    def __init__(self, town: Town) -> None:
        findings = Findings()
        self.town = town
        self.companies = [add_organisation(name=name, firm_id=town.firm.id) for name in NAMES]
        self.owners = []
        for number, company in enumerate(self.companies):
            owner = add_person(mail=f"owner{number}@street.example")
            join_organisation(user=owner, organisation=company, role="owner")
            self.owners.append(owner)
        moment = now() - timedelta(seconds=5)
        evidence = (Evidence("e", moment, {"Image": r"C:\Kaikei\update.exe"}, b"raw"),)
        for company in self.companies[:3]:
            values = {"case": "suspicious_program", "event_time": moment, "evidence": evidence}
            take_in(partition=4, rows=[findings.row(company.id, **values)])

    @property
    def campaign(self) -> Campaign:
        return Campaign.objects.of(self.town.firm.id).exclude(pattern__startswith="p-").get()

    def url(self, rest: str = "") -> str:
        return f"/campaigns/{self.campaign.pk}/{rest}"

    def analyst(self) -> Client:
        return sign_in(self.town.people["analyst", "own"])

    def incident(self, number: int) -> Incident:
        return Incident.objects.of(self.companies[number].id).get()

    def say(self, client: Client, said: str, **changes: str) -> str:
        values = {"say": said, "version": str(self.campaign.version), "reason": "版を確かめた"}
        answer = client.post(self.url("answer/"), values | changes, follow=True)
        return answer.content.decode()

    def settle(self) -> None:
        Campaign.objects.of(self.town.firm.id).exclude(answered_at=None).update(
            answered_at=now() - UNDO_FOR
        )
        rounds.settle_answered()


@pytest.fixture
def street(town: Town) -> Street:
    return Street(town)


def read(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_the_queue_shows_one_line_for_three_companies(street: Street) -> None:
    page = read(street.analyst(), "/queue/")
    assert page.count("3社で同じ動き") == 1
    assert "更新プログラムですか？" in page


def test_the_page_says_what_is_alike_and_at_whom(street: Street) -> None:
    page = read(street.analyst(), street.url())
    assert "同じルールが、同じソフトで動いた" in page
    assert all(name in page for name in NAMES[:3])
    assert NAMES[3] not in page
    assert "はい、更新でした" in page
    assert "いいえ、攻撃です" in page


def test_the_desk_reads_and_does_not_answer(street: Street) -> None:
    client = sign_in(street.town.people["desk", "own"])
    page = read(client, street.url())
    assert "はい、更新でした" not in page
    assert client.post(street.url("answer/"), {"say": "update"}).status_code == 403


@pytest.mark.parametrize(
    "who",
    [("analyst", "other firm"), ("manager", "ended"), ("owner", "own"), ("owner", "other firm")],
)
def test_for_everybody_else_the_campaign_does_not_exist(
    street: Street, who: tuple[str, str]
) -> None:
    client = sign_in(street.town.people[who])
    for rest in ("", "answer/?say=update", "warn/"):
        assert client.get(street.url(rest)).status_code == 404


def test_a_customer_that_left_is_counted_and_named_no_more(street: Street) -> None:
    client = street.analyst()
    end_engagement(firm_id=street.town.firm.id, organisation_id=street.companies[0].id)
    page = read(client, street.url())
    assert "2社で同じ動き" in page
    assert NAMES[0] not in page


def test_a_held_incident_is_not_on_the_customers_screens_yet(street: Street) -> None:
    client = sign_in(street.owners[2])
    number = street.incident(2).number
    assert client.get(f"/incidents/{number}/").status_code == 404
    assert client.post(f"/incidents/{number}/answer/", {"choice": "help"}).status_code == 404
    assert number not in read(client, "/incidents/")
    home = read(client, "/home/")
    assert number not in home
    assert "お願いが" not in home
    assert "いま、お願いすることはありません" not in home, "nobody is calm while we look at it"
    assert "いま対応しています" in home


def test_the_answer_names_its_consequences_before_it_is_given(street: Street) -> None:
    page = read(street.analyst(), street.url("answer/?say=update"))
    assert "いま開いている案件は3件" in page
    assert "送りません（3件）" in page
    assert "「お知らせの訂正」を送ります（0件）" in page
    assert "取り消せます" in page


def test_an_update_is_answered_taken_back_and_answered_again(street: Street) -> None:
    client = street.analyst()
    assert "まだ取り消せます" in street.say(client, "update")
    assert "3社で同じ動き" not in read(client, "/queue/")
    back = client.post(street.url("take-back/"), follow=True).content.decode()
    assert "取り消しました" in back
    assert "3社で同じ動き" in read(client, "/queue/")
    street.say(client, "update")
    street.settle()
    page = read(client, street.url())
    assert "更新による動きでした" in page
    assert "版を確かめた" in page
    assert "取り消す" not in page
    assert {street.incident(number).state for number in range(3)} == {"false_alarm"}
    late = client.post(street.url("take-back/"), follow=True).content.decode()
    assert "取り消せません" in late


def test_an_attack_frees_the_notices_and_offers_the_warning(street: Street) -> None:
    client = street.analyst()
    street.say(client, "attack")
    rounds.settle_answered()
    owner = sign_in(street.owners[2])
    assert owner.get(f"/incidents/{street.incident(2).number}/").status_code == 200
    page = read(client, street.url())
    assert "注意喚起を送る" in page
    preview = read(client, street.url("warn/"))
    assert "注意の知らせ" in preview
    assert not [name for name in NAMES if name in preview]
    sent = client.post(street.url("warn/"), follow=True).content.decode()
    assert "送信箱に入れました" in sent
    rows = Notice.objects.of(street.companies[3].id)
    assert [row.incident_number for row in rows] == [""]
    again = client.post(street.url("warn/"), follow=True)
    assert again.status_code == 200
    assert rows.count() == 1


def test_an_answer_without_a_reason_is_explained_and_changes_nothing(street: Street) -> None:
    client = street.analyst()
    answer = client.post(street.url("answer/"), {"say": "update", "version": "2", "reason": ""})
    assert answer.status_code == 422
    assert "理由を入力してください" in answer.content.decode()
    assert street.campaign.stance == "asked"


def test_of_two_answers_the_second_is_told(street: Street) -> None:
    client = street.analyst()
    version = str(street.campaign.version)
    page = street.say(client, "attack", version=str(int(version) - 1))
    assert "内容が変わりました" in page
    assert "版を確かめた" in page, "the reason need not be typed again"
    assert f'name="version" value="{version}"' in page
    assert street.campaign.stance == "asked"


@pytest.mark.parametrize("said", ["", "maybe", "seen", "<script>"])
def test_an_unknown_answer_leads_back_to_the_question(street: Street, said: str) -> None:
    client = street.analyst()
    assert client.get(street.url("answer/"), {"say": said}).status_code == 302
    assert client.post(street.url("answer/"), {"say": said, "reason": "x"}).status_code == 302
    assert street.campaign.stance == "asked"


def test_the_case_leads_to_its_campaign(street: Street) -> None:
    page = read(street.analyst(), f"/queue/{street.incident(1).number}/")
    assert street.url() in page
    assert "お知らせを待たせています" in page
