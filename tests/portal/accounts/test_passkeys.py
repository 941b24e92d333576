"""Passkeys: added after a fresh proof, used at the door instead of the mail's number, and refused
in a plain sentence when anything about them does not hold."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.core import mail
from django.test import Client

from hinomi.portal.access.models import AuditEntry
from hinomi.portal.accounts.ceremonies import VALID_S, Purpose, read_new, read_used
from hinomi.portal.accounts.fresh import FRESH_S
from hinomi.portal.accounts.limits import RATES
from hinomi.portal.accounts.links import make_link, path_of
from hinomi.portal.accounts.models import Passkey
from hinomi.portal.accounts.passkeys import MOST
from hinomi.portal.accounts.refusals import SENTENCES, PasskeyRefused, Reason
from hinomi.portal.accounts.second_factor import STAFF_SESSION_S
from tests.portal.accounts.authenticator import PRESENT, Authenticator, Told, text
from tests.portal.accounts.test_sign_in import _unused, ask_for_code, set_up
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, SettingsWrapper

    from hinomi.portal.accounts.models import User
    from tests.portal.town import Town

MINE = "/account/passkeys/"
NEW = "/account/passkeys/new/"
DOOR = "/accounts/sign-in/passkey/"


@pytest.fixture
def town(town: Town) -> Town:
    """Nobody has a passkey yet."""
    Passkey.objects.all().delete()
    return town


@pytest.fixture(autouse=True)
def _public_address(settings: SettingsWrapper, data: object) -> None:
    settings.HINOMI = replace(settings.HINOMI, public_url="https://testserver")


def question(client: Client, path: str, **fields: str) -> dict[str, Any]:
    """What the page's script would hand to the device."""
    answer = client.post(f"{path}question/", fields)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def add(client: Client, name: str = "電話", device: Authenticator | None = None) -> Authenticator:
    """Add a passkey as a person would."""
    device = device or Authenticator()
    made = device.make(question(client, NEW, name=name))
    answer = client.post(NEW, {"name": name, "answer": made})
    assert (answer.status_code, answer["Location"]) == (302, MINE)
    return device


def come_in(client: Client, device: Authenticator, told: Told | None = None) -> HttpResponse:
    """Use the passkey at the door."""
    options = question(client, DOOR)
    used = device.use(options, told) if told else device.use(options)
    answer: HttpResponse = client.post(DOOR, {"answer": used})
    return answer


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def refused(answer: HttpResponse, reason: Reason) -> bool:
    return answer.status_code == 400 and SENTENCES[reason] in answer.content.decode()


def by_mail(user: User) -> Client:
    """A browser in which the person has just typed the number from the mail."""
    client = Client()
    client.post("/accounts/sign-in/code/", {"code": ask_for_code(client, user.email)})
    return client


def age_by(client: Client, seconds: float) -> None:
    """The session's proofs are that much older."""
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] = time.time() - seconds
    session.save()


# -- adding and using ------------------------------------------------------------------------------


def test_a_customer_adds_a_passkey_and_comes_in_with_it(town: Town) -> None:
    user = town.people["owner", "own"]
    device, door = add(by_mail(user)), Client()
    answer = come_in(door, device)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert door.session["_auth_user_id"] == str(user.pk)
    assert door.get("/sources/").status_code == 200
    passkey = user.passkeys.get()
    assert passkey.last_used_at is not None
    assert "最後に使った日" in door.get(MINE).content.decode()


def test_coming_in_leads_to_the_page_that_was_asked_for_and_never_outside(town: Town) -> None:
    device = add(sign_in(town.people["owner", "own"]))
    for wanted, reached in (("/sources/", "/sources/"), ("https://evil.example/", "/")):
        door = Client()
        used = device.use(question(door, DOOR))
        answer = door.post(DOOR, {"answer": used, "next": wanted})
        assert answer["Location"] == reached


def test_the_mail_s_number_works_as_before(town: Town) -> None:
    """A passkey is another first door, never a second one behind the mail's."""
    user = town.people["owner", "own"]
    add(sign_in(user))
    assert is_in(by_mail(user))


def test_a_synced_passkey_that_never_counts_works_again_and_again(town: Town) -> None:
    device = add(sign_in(town.people["owner", "own"]), device=Authenticator(count=None))
    assert come_in(Client(), device)["Location"] == "/"
    assert come_in(Client(), device)["Location"] == "/"


def test_all_passkeys_of_a_person_call_them_the_same_and_nobody_else_so(town: Town) -> None:
    client, other = sign_in(town.people["owner", "own"]), sign_in(town.people["staff", "own"])
    first, second, theirs = add(client, "1"), add(client, "2"), add(other, "1")
    assert first.handle == second.handle != theirs.handle
    known = question(client, NEW, name="3")["excludeCredentials"]
    assert {each["id"] for each in known} == {text(first.id), text(second.id)}


def test_the_sign_in_page_offers_passkeys_and_works_without_a_script(town: Town) -> None:
    """The button is hidden until the script shows it; the form for the mail is always there."""
    page = Client().get("/accounts/sign-in/?next=/sources/").content.decode()
    assert "パスキーで入る" in page
    assert "hidden><input" in page.replace("\n", "")
    assert page.count('value="/sources/"') == 2
    assert "番号を送る" in page


def test_coming_in_signs_whoever_was_there_before_out(town: Town) -> None:
    device = add(sign_in(town.people["owner", "own"]))
    shared = sign_in(town.people["staff", "own"])
    come_in(shared, device)
    assert shared.session["_auth_user_id"] == str(town.people["owner", "own"].pk)


# -- staff -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)  # allauth tells of the set-up once it is committed
def test_staff_come_in_with_a_passkey_alone_for_one_working_day(town: Town) -> None:
    """Finger, face or PIN of the device is the second factor: it was added with both proved."""
    user, first, door = town.people["analyst", "own"], Client(), Client()
    first.post("/" + path_of(make_link(mail=user.email)))
    set_up(first)
    device = add(first)
    assert come_in(door, device)["Location"] == "/"
    assert door.get("/sources/").status_code == 200
    age_by(door, STAFF_SESSION_S + 60)
    assert door.get("/sources/")["Location"] == "/accounts/sign-in/"


def test_who_holds_only_a_colleague_s_mailbox_cannot_add_a_passkey(town: Town) -> None:
    user, person, thief = (
        town.people["analyst", "own"],
        Client(),
        by_mail(town.people["analyst", "own"]),
    )
    assert thief.get(NEW)["Location"] == "/accounts/second-factor/set-up/"
    person.post("/" + path_of(make_link(mail=user.email)))
    set_up(person)
    for path in (NEW, f"{NEW}question/"):
        answer = thief.post(path, {"name": "盗人"})
        assert answer["Location"].startswith("/accounts/second-factor/again/"), path
    assert not user.passkeys.exists()


def test_a_passkey_added_with_the_mailbox_alone_is_no_second_factor_later(town: Town) -> None:
    """Somebody becomes staff, or sets an app up, after the passkey was added."""
    user, first = town.people["owner", "own"], by_mail(town.people["owner", "own"])
    device = add(first)
    assert not user.passkeys.get().counts_fully
    secret = set_up(first)
    door = Client()
    answer = come_in(door, device)
    assert answer["Location"] == "/accounts/sign-in/second-factor/"
    assert not is_in(door)
    door.post(answer["Location"], {"code": _unused(secret)})
    assert is_in(door)


# -- proving oneself before a change ---------------------------------------------------------------


def test_an_open_screen_is_not_enough_to_add_or_remove(town: Town) -> None:
    user = town.people["owner", "own"]
    client = by_mail(user)
    add(client)
    passkey = user.passkeys.get()
    age_by(client, FRESH_S + 60)
    for path in (NEW, f"{MINE}{passkey.pk}/remove/"):
        assert "ログインしなおす" in client.get(path).content.decode()
        assert client.post(path, {"name": "x"})["Location"] == path
    assert client.post(f"{NEW}question/", {"name": "x"})["Location"] == NEW
    assert list(user.passkeys.all()) == [passkey]
    assert client.get(MINE).status_code == 200, "looking needs no new proof"


def test_signing_in_anew_comes_back_to_the_change(town: Town) -> None:
    user = town.people["owner", "own"]
    client = by_mail(user)
    age_by(client, FRESH_S + 60)
    again = client.get(NEW).context["again"]
    assert client.post("/accounts/sign-out/", {"next": again})["Location"] == again
    mail.outbox.clear()
    sent = client.post(again, {"email": user.email, "next": NEW}, follow=True)
    code = "".join(char for char in mail.outbox[0].body if char.isdigit())[:6]
    answer = client.post(sent.request["PATH_INFO"], {"code": code, "next": NEW})
    assert answer["Location"] == NEW
    assert client.get(NEW).status_code == 200


def test_who_has_the_app_proves_it_again(town: Town) -> None:
    client = by_mail(town.people["owner", "own"])
    set_up(client)
    age_by(client, FRESH_S + 60)
    assert client.get(NEW)["Location"].startswith("/accounts/second-factor/again/?next=")


# -- the list --------------------------------------------------------------------------------------


def test_a_passkey_is_renamed(town: Town) -> None:
    user = town.people["owner", "own"]
    client = sign_in(user)
    add(client, "電話"), add(client, "パソコン")
    path = f"{MINE}{user.passkeys.get(name='電話').pk}/"
    taken = client.post(path, {"name": "パソコン"})
    assert (taken.status_code, SENTENCES[Reason.NAME] in taken.content.decode()) == (422, True)
    assert client.post(path, {"name": "会社の\n電話"})["Location"] == MINE
    assert set(user.passkeys.values_list("name", flat=True)) == {"会社の電話", "パソコン"}


def test_a_removed_passkey_opens_nothing_and_a_second_press_removes_nothing(town: Town) -> None:
    user = town.people["owner", "own"]
    client = sign_in(user)
    device = add(client, "古い電話")
    keeps = add(client, "新しい電話")
    path = f"{MINE}{user.passkeys.get(name='古い電話').pk}/remove/"
    assert "古い電話" in client.get(path).content.decode()
    assert user.passkeys.count() == 2, "opening the page removes nothing"
    assert client.post(path)["Location"] == MINE
    assert client.post(path).status_code == 404
    assert user.passkeys.get().name == "新しい電話"
    assert refused(come_in(Client(), device), Reason.UNKNOWN)
    assert come_in(Client(), keeps)["Location"] == "/"


def test_another_s_passkey_is_neither_shown_renamed_nor_removed(town: Town) -> None:
    add(sign_in(town.people["staff", "own"]), "悠の電話")
    theirs, client = Passkey.objects.get(), sign_in(town.people["owner", "own"])
    assert "悠の電話" not in client.get(MINE).content.decode()
    for path in (f"{MINE}{theirs.pk}/", f"{MINE}{theirs.pk}/remove/"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"name": "x"}).status_code == 404
    assert Passkey.objects.get().name == "悠の電話"


def test_ten_passkeys_fit_and_the_eleventh_is_refused_before_the_device_makes_it(
    town: Town,
) -> None:
    client = sign_in(town.people["owner", "own"])
    late = question(client, NEW, name="10")
    for number in range(MOST):
        add(client, str(number))
    assert "10個までです" in client.get(MINE).content.decode()
    assert client.post(f"{NEW}question/", {"name": "11"}).status_code == 422
    session = client.session
    session[Purpose.ADD.value] = {"challenge": late["challenge"], "at": time.time(), "handle": "eA"}
    session.save()
    answer = client.post(NEW, {"name": "11", "answer": Authenticator().make(late)})
    assert SENTENCES[Reason.FULL] in answer.content.decode()
    assert Passkey.objects.count() == MOST


def test_a_name_is_asked_for_before_the_device_makes_anything(town: Town) -> None:
    client = sign_in(town.people["owner", "own"])
    add(client, "電話")
    for name in ("", "  ", "あ" * 41, "電話"):
        assert client.post(f"{NEW}question/", {"name": name}).status_code == 422
    page = client.post(NEW, {"name": "", "answer": ""})
    assert (page.status_code, "名前を入力してください" in page.content.decode()) == (422, True)


def test_without_a_script_the_page_says_so_and_keeps_the_name(town: Town) -> None:
    client = sign_in(town.people["owner", "own"])
    page = client.post(NEW, {"name": "事務所の電話"}).content.decode()
    assert "事務所の電話" in page
    assert SENTENCES[Reason.LATE] in page
    assert "新しいブラウザーで開いてください" in page


def test_no_page_says_what_a_key_is_made_of(town: Town) -> None:
    client = sign_in(town.people["owner", "own"])
    add(client)
    for path in ("/account/", MINE, NEW, f"{MINE}{Passkey.objects.get().pk}/remove/"):
        page = client.get(path).content.decode()
        assert "公開鍵" not in page
        assert "WebAuthn" not in page


# -- what is told ----------------------------------------------------------------------------------


def test_adding_and_removing_are_told_by_mail_and_kept_in_the_trail(
    town: Town, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    user = town.people["owner", "own"]
    client = sign_in(user)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        add(client, "会社の電話")
        passkey = user.passkeys.get()
        client.post(f"{MINE}{passkey.pk}/", {"name": "私の電話"})
        client.post(f"{MINE}{passkey.pk}/remove/")
    assert [(each.to, each.subject) for each in mail.outbox] == [
        ([user.email], "【まちの見守り】パスキーを加えました"),
        ([user.email], "【まちの見守り】パスキーを外しました"),
    ]
    assert "「会社の電話」" in mail.outbox[0].body
    assert "こちらから番号やパスワードを聞くことはありません" in mail.outbox[1].body
    trail = AuditEntry.objects.filter(user=user, what__startswith="accounts:factor")
    assert list(trail.order_by("sequence").values_list("what", "detail")) == [
        ("accounts:factor:add", {"kind": "passkey", "name": "会社の電話"}),
        ("accounts:factor:rename", {"kind": "passkey", "name": "私の電話"}),
        ("accounts:factor:remove", {"kind": "passkey", "name": "私の電話"}),
    ]


def test_coming_in_by_passkey_is_in_the_trail(town: Town) -> None:
    user = town.people["owner", "own"]
    device = add(sign_in(user))
    come_in(Client(), device)
    began = AuditEntry.objects.filter(user=user, what="accounts:session:start").latest("sequence")
    assert began.detail == {"by": "passkey"}


# -- what is refused -------------------------------------------------------------------------------

LIES = [
    (Told(origin="https://testserver.evil.example"), Reason.ELSEWHERE),
    (Told(origin="http://testserver"), Reason.ELSEWHERE),
    (Told(origin="https://testserver:8443"), Reason.ELSEWHERE),
    (Told(rp_id="evil.example"), Reason.ELSEWHERE),
    (Told(is_framed=True), Reason.ELSEWHERE),
    (Told(challenge=text(b"another challenge of 32 bytes...")), Reason.LATE),
    (Told(flags=PRESENT), Reason.NOBODY_THERE),
    (Told(flags=0), Reason.NOBODY_THERE),
]


@pytest.mark.parametrize(("told", "reason"), [*LIES, (Told(kind="webauthn.create"), None)])
def test_a_lie_at_the_door_is_refused_and_kept_in_the_trail(
    town: Town, told: Told, reason: Reason | None
) -> None:
    user, door = town.people["owner", "own"], Client()
    device = add(sign_in(user))
    assert refused(come_in(door, device, told), reason or Reason.SIGNATURE)
    assert not is_in(door)
    kept = AuditEntry.objects.get(what="accounts:factor:refuse")
    assert (kept.user, kept.detail["reason"]) == (user, (reason or Reason.SIGNATURE).value)
    assert come_in(door, device)["Location"] == "/", "an honest answer still opens"


@pytest.mark.parametrize(
    ("told", "reason"),
    [*LIES, (Told(algorithm=-65535), Reason.UNREADABLE), (Told(kind="webauthn.get"), None)],
)
def test_a_lie_about_a_new_passkey_keeps_nothing(
    town: Town, told: Told, reason: Reason | None
) -> None:
    client = sign_in(town.people["owner", "own"])
    made = Authenticator().make(question(client, NEW, name="電話"), told)
    page = client.post(NEW, {"name": "電話", "answer": made})
    assert page.status_code == 422
    assert SENTENCES[reason or Reason.SIGNATURE] in page.content.decode()
    assert not Passkey.objects.exists()


def test_a_tampered_signature_is_refused(town: Town) -> None:
    device, stranger, door = add(sign_in(town.people["owner", "own"])), Authenticator(), Client()
    stranger.id, stranger.handle = device.id, device.handle
    assert refused(come_in(door, stranger), Reason.SIGNATURE)
    for signature in (b"", b"\0" * 70):
        used = device.use(question(door, DOOR), signature=signature)
        assert refused(door.post(DOOR, {"answer": used}), Reason.SIGNATURE)
    assert not is_in(door)


def test_an_answer_opens_once(town: Town) -> None:
    device, door = add(sign_in(town.people["owner", "own"])), Client()
    used = device.use(question(door, DOOR))
    assert door.post(DOOR, {"answer": used})["Location"] == "/"
    door.post("/accounts/sign-out/")
    assert refused(door.post(DOOR, {"answer": used}), Reason.LATE)


def test_a_question_is_used_up_even_when_its_session_comes_back(town: Town) -> None:
    """Two requests at the same moment read the same session; one of them wins."""
    device, door = add(sign_in(town.people["owner", "own"]), device=Authenticator(None)), Client()
    used = device.use(question(door, DOOR))
    asked = door.session[Purpose.SIGN_IN.value]
    assert door.post(DOOR, {"answer": used})["Location"] == "/"
    other = Client()
    question(other, DOOR)
    session = other.session
    session[Purpose.SIGN_IN.value] = asked
    session.save()
    assert refused(other.post(DOOR, {"answer": used}), Reason.LATE)


def test_an_answer_counts_only_in_the_browser_that_was_asked(town: Town) -> None:
    device, asked, thief = add(sign_in(town.people["owner", "own"])), Client(), Client()
    used = device.use(question(asked, DOOR))
    assert refused(thief.post(DOOR, {"answer": used}), Reason.LATE)
    question(thief, DOOR)
    assert refused(thief.post(DOOR, {"answer": used}), Reason.LATE)
    assert not is_in(thief)


def test_a_question_for_one_thing_is_none_for_the_other(town: Town) -> None:
    client = sign_in(town.people["owner", "own"])
    device = add(client)
    options = question(client, NEW, name="2")
    used = device.use({"rpId": "testserver", **options})
    assert refused(client.post(DOOR, {"answer": used}), Reason.LATE)


def test_a_question_lives_five_minutes(town: Town) -> None:
    device, door = add(sign_in(town.people["owner", "own"])), Client()
    used = device.use(question(door, DOOR))
    session = door.session
    session[Purpose.SIGN_IN.value] |= {"at": time.time() - VALID_S - 1}
    session.save()
    assert refused(door.post(DOOR, {"answer": used}), Reason.LATE)


def test_another_person_s_passkey_signs_in_nobody_but_that_person(town: Town) -> None:
    """The id of one with the name of the other, both ways."""
    own, other = sign_in(town.people["owner", "own"]), sign_in(town.people["staff", "own"])
    device, theirs, door = add(own), add(other), Client()
    device.id, theirs.handle = theirs.id, device.handle
    assert refused(come_in(door, theirs), Reason.UNKNOWN)
    assert not refused(come_in(door, device), Reason.SIGNATURE)
    assert not is_in(door)


def test_a_passkey_that_somebody_has_is_not_added_twice(town: Town) -> None:
    device = add(sign_in(town.people["owner", "own"]))
    other = sign_in(town.people["staff", "own"])
    made = device.make(question(other, NEW, name="写し"))
    page = other.post(NEW, {"name": "写し", "answer": made})
    assert SENTENCES[Reason.KNOWN] in page.content.decode()
    assert Passkey.objects.count() == 1


def test_a_device_that_counts_backwards_is_refused_and_kept_in_the_trail(town: Town) -> None:
    user, door = town.people["owner", "own"], Client()
    device = add(sign_in(user), device=Authenticator(count=7))
    assert come_in(Client(), device)["Location"] == "/"
    device.count = 7  # its next answer says 8 again
    assert refused(come_in(door, device), Reason.COUNTER)
    device.count = None
    assert refused(come_in(door, device), Reason.COUNTER)
    assert not is_in(door)
    kept = AuditEntry.objects.filter(user=user, what="accounts:factor:refuse")
    assert [each.detail["reason"] for each in kept] == ["counter", "counter"]
    assert user.passkeys.get().sign_count == 8


def test_a_stopped_person_does_not_come_in(town: Town) -> None:
    user, door = town.people["owner", "own"], Client()
    device = add(sign_in(user))
    user.is_active = False
    user.save()
    assert refused(come_in(door, device), Reason.UNKNOWN)
    assert not is_in(door)


HONEST_PARTS = {
    "clientDataJSON": "e30",
    "authenticatorData": "AA",
    "attestationObject": "oA",
    "signature": "",
    "userHandle": "",
}


@pytest.mark.parametrize("read", [read_new, read_used])
@pytest.mark.parametrize(
    "answer",
    [
        "", "{", "null", "[]", "7", '"x"', "{}", "\0", "[" * 5_000,
        *(
            json.dumps({"id": raw, "rawId": raw, "type": "public-key", "response": response})
            for raw in ("AA", "", None, 7, "日本")
            for response in (None, 7, {}, HONEST_PARTS, {**HONEST_PARTS, "clientDataJSON": 5})
        ),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_as_that(read: Callable[[str], object], answer: str) -> None:
    with pytest.raises(PasskeyRefused) as refusal:
        read(answer)
    assert refusal.value.reason is Reason.UNREADABLE


def test_what_is_no_answer_is_told_in_a_sentence(town: Town) -> None:
    client = sign_in(town.people["owner", "own"])
    for answer in ("", "{", "x" * 20_001):
        question(client, DOOR)
        assert refused(client.post(DOOR, {"answer": answer}), Reason.UNREADABLE)
    question(client, NEW, name="電話")
    page = client.post(NEW, {"name": "電話", "answer": "{"})
    assert SENTENCES[Reason.UNREADABLE] in page.content.decode()


@pytest.mark.parametrize("place", [7, None, [], "https://[", "日本"])
def test_a_strange_origin_is_told_like_any_other(town: Town, place: Any) -> None:
    device, door = add(sign_in(town.people["owner", "own"])), Client()
    assert refused(come_in(door, device, Told(origin=place)), Reason.ELSEWHERE)


def test_the_door_is_limited_per_address(town: Town) -> None:
    most = int(RATES["door"].partition("/")[0])
    for _ in range(most):
        assert Client().post(f"{DOOR}question/").status_code == 200
    full = Client().post(DOOR, {"answer": "{}"})
    assert (full.status_code, "少し待ってください" in full.content.decode()) == (429, True)


def test_the_door_needs_the_page_s_own_token(town: Town) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"{DOOR}question/").status_code == 403
    assert strict.post(DOOR, {"answer": "{}"}).status_code == 403


def test_opening_the_door_s_address_leads_to_the_page_with_the_button(town: Town) -> None:
    assert Client().get(DOOR)["Location"] == "/accounts/sign-in/"
