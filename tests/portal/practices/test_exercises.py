"""訓練: it reaches the real contacts by their real ways, only a POST answers, and nothing that an
incident would do happens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.contacts import watchwords
from hinomi.portal.contacts.models import Kind
from hinomi.portal.escalations.models import Escalation
from hinomi.portal.incidents.models import Incident
from hinomi.portal.notices.exercises import notices_of
from hinomi.portal.notices.models import Alarm, LastExercise, Notice, NoticeState
from hinomi.portal.notices.presses import press_url
from hinomi.portal.organisations.services import add_organisation
from hinomi.portal.practices import exercises, letters, pages
from hinomi.portal.practices.exercises import Refused
from hinomi.portal.practices.models import Asked, Ending, Exercise, How
from hinomi.portal.practices.round_of_bell import look
from hinomi.portal.practices.texts import exercise_texts
from hinomi.respond.check import texts_check
from tests.portal.town import sign_in
from tests.portal.watch_things import make_incident

if TYPE_CHECKING:
    from django.test import Client

    from hinomi.portal.access.owned import ScopedQuerySet
    from tests.portal.contacts.conftest import House

ALL = "a test looks"


def begin(house: House, *, nights: bool = False, of_firm: bool = False) -> Exercise:
    return exercises.begin(
        organisation_id=house.id, calls_at_night=nights, of_firm=of_firm, user=house.aoi
    )


def sent(house: House, made: Exercise) -> ScopedQuerySet[Notice]:
    """Every message of it went out a second ago."""
    rows = notices_of(organisation_id=house.id, exercise_id=made.pk)
    rows.update(state=NoticeState.SENT, sent_at=now())
    return rows


def asked(made: Exercise, name: str) -> Asked:
    return Asked.objects.of(made.organisation_id).get(exercise=made, name=name)


def link_of(made: Exercise, name: str) -> str:
    return f"/exercise/{letters.secret_of(asked(made, name))}/"


def test_every_contact_is_told_by_their_real_ways_marked_in_subject_and_first_line(
    firm: House,
) -> None:
    made = begin(firm)
    rows = notices_of(organisation_id=firm.id, exercise_id=made.pk)
    assert sorted((row.whom, row.channel, row.to) for row in rows) == [
        ("悠", "mail", "yuu@aoba.example"),
        ("葵", "mail", "aoi@aoba.example"),
        ("葵", "voice", "0311111111"),
    ]
    for row in rows:
        assert "【訓練】" in row.subject
        assert row.body_text.startswith("【訓練】")
        assert row.text_short.split("】", 1)[1].startswith("【訓練】")
        assert row.spoken.startswith("これは訓練の電話です")


def test_nothing_of_it_rings_an_alarm_opens_an_incident_or_climbs_a_ladder(firm: House) -> None:
    made = begin(firm)
    sent(firm, made)
    firm.clock.move(hours=3)
    look()
    assert not Alarm.objects.across_all(reason=ALL).exists()
    assert not Incident.objects.across_all(reason=ALL).exists()
    assert not Escalation.objects.across_all(reason=ALL).exists()
    assert not notices_of(organisation_id=firm.id, exercise_id=made.pk).filter(level="now").exists()


def test_no_other_company_gets_a_word_of_it(firm: House) -> None:
    other = add_organisation(name="文京歯科", firm_id=None)
    made = begin(firm)
    rows = Notice.objects.across_all(reason=ALL).filter(dedupe_key__contains=f"exercise:{made.pk}")
    assert {row.organisation_id for row in rows} == {firm.id}
    assert not Asked.objects.of(other.id).exists()


def test_a_scanner_that_opens_every_link_answers_nothing(firm: House, client: Client) -> None:
    made = begin(firm)
    rows = notices_of(organisation_id=firm.id, exercise_id=made.pk).filter(channel="mail")
    for row in rows:
        (path,) = re.findall(r"https://mimamori\.example(/\S+)", row.body_text)
        for method in (client.get, client.head, client.options):
            method(path)
        assert "受け取りました" in client.get(path).content.decode()
    assert not Asked.objects.of(firm.id).exclude(answered_at=None).exists()


def test_only_a_mail_holds_the_address_of_the_button(firm: House) -> None:
    made = begin(firm)
    for row in notices_of(organisation_id=firm.id, exercise_id=made.pk):
        assert ("https://" in row.body_text) == (row.channel == "mail")
        assert "http" not in row.text_short + row.spoken


def test_the_button_answers_once_with_the_time_since_it_was_sent(
    firm: House, client: Client
) -> None:
    made = begin(firm)
    sent(firm, made)
    firm.clock.move(seconds=130)
    path = link_of(made, "悠")
    page = client.post(path, follow=True).content.decode()
    assert "2分10秒" in page
    assert "青葉工務店" not in page
    firm.clock.move(minutes=5)
    client.post(path)
    row = asked(made, "悠")
    assert row.how == How.LINK
    assert pages.took_of(row) == "2分10秒"


def test_the_page_behind_the_link_names_nobody(firm: House, client: Client) -> None:
    made = begin(firm)
    page = client.get(link_of(made, "悠")).content.decode()
    assert "【訓練】" in page
    assert not [word for word in ("悠", "葵", "青葉") if word in page]


def test_a_forged_link_is_told_nothing(firm: House, client: Client) -> None:
    made = begin(firm)
    real = letters.secret_of(asked(made, "悠"))
    for secret in ("1", real[:-1] + ("A" if real[-1] != "A" else "B"), press_url(1)[-40:-1]):
        assert client.post(f"/exercise/{secret}/").status_code == 404
    assert not Asked.objects.of(firm.id).exclude(answered_at=None).exists()


def test_the_key_in_our_call_answers_with_the_moment_of_the_press(
    firm: House, client: Client
) -> None:
    made = begin(firm)
    call = sent(firm, made).get(channel="voice")
    firm.clock.move(seconds=25)
    path = press_url(call.pk).removeprefix("https://mimamori.example")
    assert "<Gather" in client.post(path, {"Digits": "3"}).content.decode()
    for _ in range(2):
        assert "これは訓練でした" in client.post(path, {"Digits": "1"}).content.decode()
    firm.clock.move(seconds=9)
    assert look() == 1
    row = asked(made, "葵")
    assert (row.how, pages.took_of(row)) == (How.CALL, "25秒")
    assert look() == 0


def test_when_all_received_it_the_exercise_is_over_and_home_says_so(firm: House) -> None:
    made = begin(firm)
    for name in ("葵", "悠"):
        exercises.answer(asked=asked(made, name), how=How.PAGE, moment=now())
    made.refresh_from_db()
    assert made.ending == Ending.ALL
    line = LastExercise.objects.of(firm.id).get()
    assert (line.asked, line.answered, line.is_over) == (2, 2, True)
    page = sign_in(firm.aoi).get("/home/").content.decode()
    assert "2人のうち2人が受け取りました" in page


def test_it_closes_by_itself_after_a_day_and_late_answers_do_not_count(
    firm: House, client: Client
) -> None:
    made = begin(firm)
    firm.clock.move(hours=23, minutes=59)
    look()
    made.refresh_from_db()
    assert made.ended_at is None
    firm.clock.move(minutes=1)
    client.post(link_of(made, "悠"))  # the bell has not looked yet
    look()
    made.refresh_from_db()
    assert made.ending == Ending.TIME
    assert asked(made, "悠").answered_at is None
    assert "この訓練は終わりました" in client.get(link_of(made, "悠")).content.decode()


def test_it_ends_at_once_when_something_real_begins(firm: House) -> None:
    made = begin(firm)
    make_incident(firm.company, canary="本物")
    look()
    made.refresh_from_db()
    assert made.ending == Ending.REAL
    waiting = notices_of(organisation_id=firm.id, exercise_id=made.pk)
    assert set(waiting.values_list("state", flat=True)) == {NoticeState.DROPPED}


def test_a_message_under_way_at_the_end_that_failed_is_not_tried_again(firm: House) -> None:
    made = begin(firm)
    rows = notices_of(organisation_id=firm.id, exercise_id=made.pk)
    rows.filter(channel="voice").update(state=NoticeState.SENDING, attempts=1)
    exercises.end(exercise=made, ending=Ending.EARLY, user=firm.aoi)
    rows.filter(channel="voice").update(state=NoticeState.QUEUED)  # the carrier refused
    look()
    assert set(rows.values_list("state", flat=True)) == {NoticeState.DROPPED}


def test_the_bell_asks_as_often_for_many_exercises_as_for_one(
    firm: House, django_assert_num_queries: Any
) -> None:
    companies = [add_organisation(name=f"会社{at}", firm_id=None) for at in range(6)]
    begin(firm)
    with CaptureQueriesContext(connection) as alone:
        look()
    for company in companies:
        Exercise.objects.create(organisation=company)
    with django_assert_num_queries(len(alone)):
        look()


def test_it_cannot_begin_while_something_now_is_open(firm: House) -> None:
    incident = make_incident(firm.company, canary="本物")
    with pytest.raises(Refused, match="real"):
        begin(firm)
    incident.state = "done"
    incident.save()
    assert begin(firm).pk


def test_of_two_who_press_one_begins_and_nobody_is_told_twice(firm: House) -> None:
    made = begin(firm)
    count = Notice.objects.of(firm.id).count()
    with pytest.raises(Refused, match="running"):
        begin(firm)
    assert Notice.objects.of(firm.id).count() == count
    assert list(Exercise.objects.of(firm.id)) == [made]


def test_a_fourth_exercise_waits_for_the_next_day(firm: House) -> None:
    for _ in range(3):
        made = begin(firm)
        exercises.end(exercise=made, ending=Ending.EARLY, user=firm.aoi)
    with pytest.raises(Refused, match="too_often"):
        begin(firm)
    firm.clock.move(days=1)
    assert begin(firm).pk


@pytest.mark.parametrize(("nights", "kinds"), [(False, ["mail"]), (True, ["mail", "voice"])])
def test_at_night_telephones_ring_only_if_somebody_chose_so(
    firm: House, nights: bool, kinds: list[str]
) -> None:
    firm.clock.move(hours=13)  # 23:12 in Japan
    made = begin(firm, nights=nights)
    assert sorted(asked(made, "葵").kinds) == kinds
    assert asked(made, "葵").quiet == ([] if nights else ["voice"])


def test_a_call_that_did_not_get_through_by_day_is_not_tried_again_at_night(firm: House) -> None:
    made = begin(firm)
    firm.clock.move(hours=13)
    look()
    rows = notices_of(organisation_id=firm.id, exercise_id=made.pk)
    states = dict(rows.filter(whom="葵").values_list("channel", "state"))
    assert states == {"voice": NoticeState.DROPPED, "mail": NoticeState.QUEUED}


def test_the_desk_may_begin_one_only_after_the_owner_s_yes(firm: House) -> None:
    desk = sign_in(firm.mado)
    page = f"/companies/{firm.id}/exercise/"
    desk.post(f"{page}start/")
    assert not Exercise.objects.of(firm.id).exists()
    assert "責任者の同意がいります" in desk.get(page).content.decode()
    assert desk.post(f"{page}agree/", {"say": "yes"}).status_code == 403
    owner = sign_in(firm.aoi)
    owner.post(f"{page}agree/", {"say": "yes"})
    owner.post(f"{page}agree/", {"say": "yes"})
    desk.post(f"{page}start/")
    assert Exercise.objects.of(firm.id).get().started_by == firm.mado
    owner.post(f"{page}agree/", {"say": "no"})
    assert not exercises.may_our_people_begin(firm.id)


def test_the_page_shows_times_and_what_helps_with_those_who_did_not_answer(firm: House) -> None:
    client = sign_in(firm.aoi)
    page = f"/companies/{firm.id}/exercise/"
    assert "まだ訓練をしていません" in client.get(page).content.decode()
    client.post(f"{page}start/")
    made = Exercise.objects.of(firm.id).get()
    sent(firm, made)
    firm.clock.move(seconds=50)
    client.post(f"{page}received/")
    shown = client.get(page).content.decode()
    assert "50秒で受け取りました" in shown
    assert exercise_texts()["advice.no_phone"] in shown  # 悠 has a mailbox only
    client.post(f"{page}end/", {"exercise": str(made.pk)})
    shown = client.get(page).content.decode()
    assert "受け取っていません" in shown
    assert Ending.EARLY.label in shown
    assert f"{page}start/" in shown


def test_whom_only_a_fax_reaches_can_be_noted_by_hand(firm: House) -> None:
    made = begin(firm)
    page = f"/companies/{firm.id}/exercise/"
    sign_in(firm.aoi).post(f"{page}told/", {"asked": str(asked(made, "悠").pk)})
    row = asked(made, "悠")
    assert (row.how, row.noted_by) == (How.TOLD, firm.aoi)
    assert "<script" not in sign_in(firm.aoi).get(page).content.decode().split("</head>")[1]


@pytest.mark.parametrize("value", ["", "x", "9" * 30, "-1", "0"])
def test_numbers_that_name_nothing_change_nothing(firm: House, value: str) -> None:
    made = begin(firm)
    client = sign_in(firm.aoi)
    page = f"/companies/{firm.id}/exercise/"
    for act, field in (("told", "asked"), ("end", "exercise")):
        client.post(f"{page}{act}/", {field: value})
    assert client.get(f"{page}?of={value}").status_code == 200
    made.refresh_from_db()
    assert made.ended_at is None


def test_a_member_who_is_not_the_owner_answers_and_does_not_begin(firm: House) -> None:
    client = sign_in(firm.yuu)
    page = f"/companies/{firm.id}/exercise/"
    assert client.post(f"{page}start/").status_code == 403
    made = begin(firm)
    client.post(f"{page}received/")
    assert asked(made, "悠").how == How.PAGE


def test_a_company_that_set_up_nobody_trains_with_its_members(house: House) -> None:
    made = begin(house)
    rows = notices_of(organisation_id=house.id, exercise_id=made.pk)
    assert {row.to for row in rows} == {"aoi@aoba.example", "yuu@aoba.example"}
    sent(house, made)
    house.clock.move(seconds=7)
    exercises.answer(asked=asked(made, "悠"), how=How.LINK, moment=now())
    assert pages.took_of(asked(made, "悠")) == "7秒"


def test_what_did_not_arrive_is_told_with_what_to_mend(firm: House) -> None:
    made = begin(firm)
    sent(firm, made).filter(channel="voice").update(state=NoticeState.FAILED)
    exercises.end(exercise=made, ending=Ending.EARLY, user=firm.aoi)
    shown = sign_in(firm.aoi).get(f"/companies/{firm.id}/exercise/").content.decode()
    assert exercise_texts()["advice.lost"] in shown


def test_every_act_stands_in_the_trail(firm: House) -> None:
    exercises.agree(organisation_id=firm.id, user=firm.aoi)
    made = begin(firm)
    exercises.answer(asked=asked(made, "悠"), how=How.LINK, moment=now())
    exercises.end(exercise=made, ending=Ending.EARLY, user=firm.aoi)
    exercises.disagree(organisation_id=firm.id, user=firm.aoi)
    rows = AuditEntry.objects.filter(what__startswith="practices:").order_by("pk")
    acts = [row.what.removeprefix("practices:exercise:") for row in rows]
    assert acts == ["agree", "start", "answer", "end", "disagree"]


@pytest.mark.parametrize("name", sorted(exercise_texts()))
def test_every_text_keeps_the_word_rules(name: str) -> None:
    said = exercise_texts()[name].format_map({"service": "<<まちの見守り>>"})
    assert texts_check(said) == []


def test_a_short_message_has_at_most_70_characters_and_the_watchword(firm: House) -> None:
    watchwords.set_watchword(organisation_id=firm.id, word="みかん山のてっぺん", user_id=None)
    firm.counting(firm.contact("海"), Kind.SMS, "090-1111-1111")
    made = begin(firm)
    row = notices_of(organisation_id=firm.id, exercise_id=made.pk).get(channel="sms")
    assert "みかん山のてっぺん" in row.text_short
    assert len(row.text_short) <= 70
