"""Who sits in one mailbox cannot turn the alarms away: code, second person, and a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hinomi.core.words import ActionLevel
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.contacts import addresses, codes, proofs, services
from hinomi.portal.contacts.errors import NotPossible
from hinomi.portal.contacts.models import Address, Contact, Kind, Subject, Telling
from hinomi.portal.contacts.reaches import Involved, reaches
from tests.portal.contacts.conftest import wishes

if TYPE_CHECKING:
    from tests.portal.contacts.conftest import House

Both = tuple[Contact, Contact]


def places(house: House) -> set[tuple[str, str]]:
    found = reaches(house.id, level=ActionLevel.NOW, moment=house.clock.now(), involved=Involved())
    return {(each.kind, each.address) for each in found}


def ask(house: House, contact: Contact, kind: str, text: str, **more: object) -> Address:
    user_id = more.pop("user_id", house.yuu.pk)
    replaces = more.pop("replaces", None)
    return addresses.ask_for(
        contact=contact, kind=kind, text=text, replaces=replaces, user_id=user_id  # type: ignore[arg-type]
    )  # fmt: skip


def told(house: House, subject: Subject) -> dict[str, bool]:
    """Address → whether its reader may say yes."""
    rows = Telling.objects.of(house.id).filter(subject=subject)
    return {row.to: bool(row.voter_contact_id or row.voter_user_id) for row in rows}


def test_a_mailbox_that_was_taken_over_cannot_redirect_the_alarms(house: House, both: Both) -> None:
    """悠's mailbox is in an attacker's hands, who signs in as 悠 and changes 葵's telephone to his
    own. He proves it, he says yes himself: the old telephone goes on ringing, and all are told."""
    aoi, _ = both
    old = Address.objects.of(house.id).get(kind=Kind.VOICE)
    new = ask(house, aoi, Kind.VOICE, "090-6666-6666", replaces=old)
    addresses.prove(address=new, code=house.code(new), user_id=house.yuu.pk)
    with pytest.raises(NotPossible):
        addresses.agree(address=new, user_id=house.yuu.pk)
    house.clock.move(days=30)
    assert ("voice", "0311111111") in places(house)
    assert ("voice", "09066666666") not in places(house)
    assert told(house, Subject.ASKED) == {"aoi@aoba.example": True, "yuu@aoba.example": False}


def test_the_attacker_s_own_mailbox_gets_no_link(house: House, both: Both) -> None:
    ask(house, both[0], Kind.VOICE, "090-6666-6666")
    for proof in proofs.due_proofs(house.clock.now()):
        if proof.subject == Subject.ASKED:
            has_link = "/contacts/yes/" in proof.body_text
            assert has_link is (proof.address == "aoi@aoba.example")


def test_a_new_number_counts_a_day_after_the_yes_and_the_old_one_until_then(
    house: House, both: Both
) -> None:
    aoi, _ = both
    old = Address.objects.of(house.id).get(kind=Kind.VOICE)
    new = ask(house, aoi, Kind.VOICE, "090-2222-2222", replaces=old)
    addresses.prove(address=new, code=house.code(new), user_id=house.yuu.pk)
    house.clock.move(hours=5)
    since = addresses.agree(address=new, user_id=house.aoi.pk)
    assert since == house.clock.now() + timedelta(hours=24)
    house.clock.move(hours=24, seconds=-1)
    assert ("voice", "0311111111") in places(house)
    house.clock.move(seconds=1)
    assert ("voice", "0311111111") not in places(house)
    assert ("voice", "09022222222") in places(house)


def test_a_clock_that_jumps_back_gives_nothing_away(house: House, both: Both) -> None:
    new = ask(house, both[0], Kind.VOICE, "090-2222-2222")
    addresses.prove(address=new, code=house.code(new), user_id=house.yuu.pk)
    addresses.agree(address=new, user_id=house.aoi.pk)
    house.clock.move(days=-400)
    assert ("voice", "09022222222") not in places(house)
    house.clock.move(days=401)
    assert ("voice", "09022222222") in places(house)


def test_a_yes_without_a_code_is_not_enough(house: House, both: Both) -> None:
    new = ask(house, both[0], Kind.VOICE, "090-2222-2222")
    assert addresses.agree(address=new, user_id=house.aoi.pk) is None
    house.clock.move(days=9)
    assert ("voice", "09022222222") not in places(house)


def test_a_no_keeps_the_old_one_for_good(house: House, both: Both) -> None:
    aoi, _ = both
    old = Address.objects.of(house.id).get(kind=Kind.VOICE)
    new = ask(house, aoi, Kind.VOICE, "090-6666-6666", replaces=old)
    addresses.prove(address=new, code=house.code(new), user_id=house.yuu.pk)
    addresses.agree(address=new, user_id=house.aoi.pk)
    assert addresses.refuse(address=new, user_id=house.aoi.pk)
    assert not addresses.refuse(address=new, user_id=house.aoi.pk)
    house.clock.move(days=2)
    assert ("voice", "0311111111") in places(house)
    with pytest.raises(NotPossible):
        addresses.prove(address=new, code=house.code(new), user_id=house.yuu.pk)


def test_it_is_too_late_to_refuse_what_counts(house: House, both: Both) -> None:
    row = Address.objects.of(house.id).get(kind=Kind.VOICE)
    assert not addresses.refuse(address=row, user_id=house.yuu.pk)
    assert ("voice", "0311111111") in places(house)


def test_a_staff_member_to_whom_no_alarm_goes_is_no_second_person(house: House) -> None:
    aoi = house.contact("葵", user=house.aoi)
    house.counting(aoi, Kind.MAIL, "aoi@aoba.example")
    new = ask(house, aoi, Kind.VOICE, "090-2222-2222", user_id=house.aoi.pk)
    with pytest.raises(NotPossible):
        addresses.agree(address=new, user_id=house.yuu.pk)


def test_a_contact_who_is_no_member_may_say_yes_by_the_link(house: House, both: Both) -> None:
    ren = house.contact("蓮")
    house.counting(ren, Kind.MAIL, "ren@example.jp")
    new = ask(house, both[0], Kind.VOICE, "090-2222-2222", user_id=house.aoi.pk)
    assert told(house, Subject.ASKED)["ren@example.jp"] is True
    assert addresses.agree(address=new, contact=ren) is None  # its code is still missing
    new.refresh_from_db()
    assert new.agreed_contact_id == ren.pk


def test_a_mailbox_shared_with_the_asker_gives_no_yes(house: House, both: Both) -> None:
    ren = house.contact("蓮")
    house.counting(ren, Kind.MAIL, "Yuu+info@aoba.example")
    ask(house, both[0], Kind.VOICE, "090-6666-6666")
    assert [to for to, may in told(house, Subject.ASKED).items() if may] == ["aoi@aoba.example"]


def test_the_first_contact_of_a_new_company_counts_with_its_code(house: House) -> None:
    aoi = house.contact("葵", user=house.aoi)
    row = ask(house, aoi, Kind.VOICE, "03-1111-1111", user_id=house.aoi.pk)
    # Until then the members' mailboxes stand in.
    assert places(house) == {("mail", "aoi@aoba.example"), ("mail", "yuu@aoba.example")}
    addresses.prove(address=row, code=house.code(row), user_id=house.aoi.pk)
    assert places(house) == {("voice", "0311111111")}
    second = ask(house, aoi, Kind.MAIL, "aoi@aoba.example", user_id=house.aoi.pk)
    addresses.prove(address=second, code=house.code(second), user_id=house.aoi.pk)
    assert places(house) == {("voice", "0311111111")}


def test_the_first_contact_of_an_old_company_needs_a_second_person_or_our_desk(
    house: House,
) -> None:
    house.clock.move(days=31)
    aoi = house.contact("葵", user=house.aoi)
    row = ask(house, aoi, Kind.VOICE, "03-1111-1111", user_id=house.aoi.pk)
    addresses.prove(address=row, code=house.code(row), user_id=house.aoi.pk)
    assert ("voice", "0311111111") not in places(house)
    other = ask(house, aoi, Kind.VOICE, "03-3333-3333", user_id=house.aoi.pk)
    note = "契約書の番号に電話し、葵さん本人と確かめた"
    addresses.prove_by_call(address=other, note=note, user_id=house.mado.pk)
    assert places(house) == {("voice", "0333333333")}


def test_our_desk_says_yes_only_where_nobody_of_the_company_can(house: House, both: Both) -> None:
    new = ask(house, both[0], Kind.VOICE, "090-2222-2222")
    addresses.prove(address=new, code=house.code(new), user_id=house.yuu.pk)
    with pytest.raises(NotPossible):
        addresses.vouch(address=new, note="03-1111-1111の葵さん", user_id=house.mado.pk)
    house.clock.move(days=3)
    assert addresses.vouch(address=new, note="03-1111-1111の葵さん", user_id=house.mado.pk)
    new.refresh_from_db()
    assert new.agreed_note


def test_our_desk_never_says_yes_to_what_it_asked_itself(house: House) -> None:
    aoi = house.contact("葵", user=house.aoi)
    new = ask(house, aoi, Kind.VOICE, "090-2222-2222", user_id=house.mado.pk)
    house.clock.move(days=9)
    with pytest.raises(NotPossible):
        addresses.vouch(address=new, note="本人と話した", user_id=house.mado.pk)


def test_asked_twice_it_is_there_once_and_one_code_goes_out(house: House, both: Both) -> None:
    first = ask(house, both[0], Kind.VOICE, "090-2222-2222")
    assert ask(house, both[0], Kind.VOICE, "+81 90 2222 2222") == first
    assert Telling.objects.of(house.id).filter(subject=Subject.CODE).count() == 1


def test_said_twice_a_yes_does_not_begin_the_day_anew(house: House, both: Both) -> None:
    new = ask(house, both[0], Kind.VOICE, "090-2222-2222")
    addresses.prove(address=new, code=house.code(new), user_id=house.yuu.pk)
    since = addresses.agree(address=new, user_id=house.aoi.pk)
    house.clock.move(hours=3)
    assert addresses.agree(address=new, user_id=house.aoi.pk) == since
    addresses.prove(address=new, code="000000", user_id=house.yuu.pk)  # proved: nothing to do
    assert AuditEntry.objects.filter(what="contacts:address:agree").count() == 1


def test_a_code_takes_five_tries_and_lives_for_a_day(house: House, both: Both) -> None:
    new = ask(house, both[0], Kind.VOICE, "090-2222-2222")
    right = house.code(new)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(codes.MOST_TRIES):
        with pytest.raises(NotPossible, match="refused"):
            addresses.prove(address=new, code=wrong, user_id=house.yuu.pk)
    with pytest.raises(NotPossible) as late:
        addresses.prove(address=new, code=right, user_id=house.yuu.pk)
    assert "もう一度送る" in late.value.words_ja
    house.clock.move(minutes=2)
    new.refresh_from_db()
    codes.send(new)
    assert house.code(new) != right or new.nonce
    house.clock.move(days=1)
    with pytest.raises(NotPossible) as old:
        addresses.prove(address=new, code=house.code(new), user_id=house.yuu.pk)
    assert "期限" in old.value.words_ja


def test_codes_are_limited_by_the_minute_and_by_the_day(house: House, both: Both) -> None:
    new = ask(house, both[0], Kind.SMS, "090-2222-2222")
    with pytest.raises(NotPossible, match="refused"):
        codes.send(new)
    for _ in range(codes.MOST_A_DAY - 1):
        house.clock.move(minutes=2)
        codes.send(new)
    house.clock.move(minutes=2)
    with pytest.raises(NotPossible) as enough:
        codes.send(new)
    assert "今日は" in enough.value.words_ja
    house.clock.move(days=1)
    codes.send(new)


def test_the_key_pressed_in_our_call_proves_the_number_once(house: House, both: Both) -> None:
    new = ask(house, both[0], Kind.VOICE, "090-2222-2222")
    (call,) = (each for each in proofs.due_proofs(house.clock.now()) if each.asks_for_key)
    assert proofs.key_pressed(call.id)
    assert proofs.key_pressed(call.id)
    new.refresh_from_db()
    assert new.proved_at == house.clock.now()
    notices = Telling.objects.of(house.id).exclude(subject=Subject.CODE)
    assert not any(proofs.key_pressed(row.pk) for row in notices)


def test_the_key_of_an_older_call_proves_nothing(house: House, both: Both) -> None:
    new = ask(house, both[0], Kind.VOICE, "090-2222-2222")
    (call,) = (each for each in proofs.due_proofs(house.clock.now()) if each.asks_for_key)
    house.clock.move(minutes=2)
    codes.send(new)
    assert not proofs.key_pressed(call.id)


def test_an_address_that_leaves_rings_for_a_day_and_may_be_kept(house: House, both: Both) -> None:
    row = Address.objects.of(house.id).get(kind=Kind.VOICE)
    addresses.remove(address=row, user_id=house.yuu.pk)
    addresses.remove(address=row, user_id=house.yuu.pk)
    assert set(told(house, Subject.REMOVED)) == {"aoi@aoba.example", "yuu@aoba.example"}
    house.clock.move(hours=23)
    assert ("voice", "0311111111") in places(house)
    assert addresses.keep(address=row, user_id=house.aoi.pk)
    house.clock.move(days=5)
    assert ("voice", "0311111111") in places(house)
    addresses.remove(address=row, user_id=house.yuu.pk)
    house.clock.move(hours=24)
    assert ("voice", "0311111111") not in places(house)
    assert not addresses.keep(address=row, user_id=house.aoi.pk)


def test_what_is_gone_may_be_added_anew(house: House, both: Both) -> None:
    row = Address.objects.of(house.id).get(kind=Kind.VOICE)
    addresses.remove(address=row, user_id=None)
    house.clock.move(hours=25)
    again = ask(house, both[0], Kind.VOICE, "03-1111-1111")
    assert again.pk != row.pk


def test_the_last_address_and_the_last_contact_stay(house: House) -> None:
    aoi = house.contact("葵", user=house.aoi)
    row = house.counting(aoi, Kind.VOICE, "03-1111-1111")
    with pytest.raises(NotPossible):
        addresses.remove(address=row, user_id=house.aoi.pk)
    with pytest.raises(NotPossible):
        services.remove_contact(contact=aoi, user_id=house.aoi.pk)
    assert places(house) == {("voice", "0311111111")}


def test_two_removals_at_once_cannot_take_the_last_one(house: House) -> None:
    aoi = house.contact("葵", user=house.aoi)
    first = house.counting(aoi, Kind.VOICE, "03-1111-1111")
    second = house.counting(aoi, Kind.MAIL, "aoi@aoba.example")
    addresses.remove(address=first, user_id=None)
    with pytest.raises(NotPossible):
        addresses.remove(address=second, user_id=None)


def test_nobody_is_put_to_sleep_unnoticed(house: House, both: Both) -> None:
    """Wishes that ring less count with the former ones for a day, and all are told."""
    aoi, _ = both
    never = wishes("葵", house.aoi, now_when="never")
    services.change_contact(contact=aoi, said=never, version=0, user_id=house.yuu.pk)
    assert "aoi@aoba.example" in told(house, Subject.CHANGED)
    house.clock.move(hours=23)
    assert ("voice", "0311111111") in places(house)
    services.change_contact(
        contact=aoi, said=wishes("葵", house.aoi, now_when="never", today_when="never"),
        version=1, user_id=house.yuu.pk,
    )  # fmt: skip
    house.clock.move(hours=23)  # a second change keeps the oldest wishes for its own day
    assert ("voice", "0311111111") in places(house)
    house.clock.move(hours=1)
    assert ("voice", "0311111111") not in places(house)


def test_a_company_may_ask_for_so_many_addresses_a_day(house: House, both: Both) -> None:
    """Each is told to everybody: many would only teach people to look away."""
    for number in range(addresses.MOST_ASKED_A_DAY):
        row = ask(house, both[1], Kind.VOICE, f"03-2222-22{number:02d}")
        addresses.remove(address=row, user_id=None)
    with pytest.raises(NotPossible) as refused:
        ask(house, both[1], Kind.VOICE, "03-2222-2299")
    assert "今日は" in refused.value.words_ja
    house.clock.move(days=1)
    ask(house, both[1], Kind.VOICE, "03-2222-2299")
