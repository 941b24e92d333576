"""確認待ち: a person answers once, the answer is learned, and nothing of the mail runs or leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hinomi.core.mail import IGNORED, MEANS_NOTHING, NOBODY, MailReason
from hinomi.portal.access.models import AuditEntry
from hinomi.portal.access.time import now
from hinomi.portal.mailboxes.models import MailRoute, MailSender
from hinomi.portal.organisations.services import end_engagement, mark_directory_changed
from hinomi.portal.sources.models import Source
from hinomi.portal.sources.publication import publish_directory
from hinomi.store.directory import load
from tests.portal.mailboxes.conftest import serial, tenant
from tests.portal.town import sign_in

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tests.portal.mailboxes.conftest import Post
    from tests.portal.town import Town


@pytest.fixture
def client(town: Town) -> Client:
    return sign_in(town.people["desk", "own"])


def page(client: Client, post: Post, question: str = "") -> str:
    answer = client.get(f"/mailboxes/{post.mailbox.pk}/waiting/{question}")
    assert answer.status_code == 200
    return answer.content.decode()


def answer(client: Client, post: Post, mail: str, claim: str, **fields: str) -> str:
    address = f"/mailboxes/{post.mailbox.pk}/waiting/answer/"
    sent = client.post(address, {"mail": mail, "claim": claim, **fields}, follow=True)
    return sent.content.decode()


def routes(post: Post) -> list[tuple[str, str, str | None]]:
    rows = MailRoute.objects.within_mailbox(post.mailbox).order_by("pk")
    return [(row.kind, row.value, row.organisation_id) for row in rows]


def test_a_company_is_said_once_and_its_waiting_mails_are_sorted(
    town: Town, client: Client, post: Post, data: Path
) -> None:
    first = post.waiting(tenant("㈱ 青葉工務店"))
    post.waiting(tenant("株式会社青葉工務店"))
    post.waiting(tenant("どこか別の会社"))
    shown = page(client, post)
    assert "あと3通" in shown
    assert "テナント名「㈱ 青葉工務店」" in shown
    assert "待っている2通を分けます" in shown
    assert "青葉工務店</label>" in shown, "a company whose name stands there is proposed"
    company = town.aoba.organisation
    said = answer(client, post, first, "tenant:㈱ 青葉工務店", company=company.id)
    assert "「青葉工務店」のメールにしました" in said
    assert "ほかの1通も" in said
    assert "あと1通" in said
    assert "2通を分けています" in said, "collect sorts them within seconds"
    (route,) = [each for each in load(data=data).mail_routes if each.mailbox == post.mailbox.id]
    source = Source.objects.of(company.id).get(kind="mail")
    assert (route.kind, route.value, route.source) == ("tenant", "㈱ 青葉工務店", source.id)
    entry = AuditEntry.objects.filter(what="mailboxes:route:learn", organisation=company).latest(
        "pk"
    )
    assert entry.user == town.people["desk", "own"]
    assert "青葉" not in str(entry.detail)


def test_an_answer_is_taken_back(town: Town, client: Client, post: Post, data: Path) -> None:
    mail = post.waiting(tenant("あおば"))
    shown = answer(client, post, mail, "tenant:あおば", company=town.aoba.organisation.id)
    assert "直前の答えを取り消す" in shown
    route = MailRoute.objects.within_mailbox(post.mailbox).get()
    address = f"/mailboxes/{post.mailbox.pk}/learned/forget/"
    shown = client.post(address, {"route": route.pk, "back": "waiting"}, follow=True)
    assert "あと1通" in shown.content.decode()
    assert "直前の答えを取り消す" not in shown.content.decode()
    assert not [r for r in load(data=data).mail_routes if r.mailbox == post.mailbox.id]


@pytest.mark.parametrize(("meaning", "source"), [("nobody", NOBODY), ("nothing", MEANS_NOTHING)])
def test_what_is_nobodys_is_learned_too(
    client: Client, post: Post, data: Path, meaning: str, source: str
) -> None:
    mail = post.waiting(serial("SN-LAB-1"))
    answer(client, post, mail, "serial:SN-LAB-1", meaning=meaning, reason="社内の試験機")
    (route,) = (r for r in load(data=data).mail_routes if r.mailbox == post.mailbox.id)
    assert (route.kind, route.source) == ("serial", source)


def test_one_mail_is_given_without_learning_its_words(
    town: Town, client: Client, post: Post
) -> None:
    mail = post.waiting(tenant("甲"), serial("S1"), reason=MailReason.CONTRADICTORY)
    answer(client, post, mail, f"mail:{mail}", company=town.fumi.organisation.id)
    assert routes(post) == [("mail", mail, town.fumi.organisation.id)]
    assert "確認待ちのメールはありません" not in page(client, post) or "分けて" in page(
        client, post
    )


def test_another_firms_company_cannot_be_chosen_nor_found(
    town: Town, client: Client, post: Post
) -> None:
    mail = post.waiting(tenant("海野水産"))
    shown = page(client, post, "?q=海野")
    assert "「海野」に合う会社がありません" in shown
    umi = town.umi.organisation.id
    sent = client.post(
        f"/mailboxes/{post.mailbox.pk}/waiting/answer/",
        {"mail": mail, "claim": "tenant:海野水産", "company": umi},
    )
    assert sent.status_code == 404
    assert routes(post) == []
    assert not Source.objects.of(umi).filter(kind="mail").exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"claim": "tenant:ちがう言葉", "company": "x"},
        {"claim": "evil:x", "company": "x"},
        {"claim": "", "company": "x"},
        {"claim": "tenant:甲", "company": ""},
        {"claim": "tenant:甲", "company": "org_none"},
        {"claim": "tenant:甲", "meaning": "evil"},
    ],
)
def test_only_what_stands_in_the_mail_can_be_learned(
    client: Client, post: Post, fields: dict[str, str]
) -> None:
    mail = post.waiting(tenant("甲"))
    address = f"/mailboxes/{post.mailbox.pk}/waiting/answer/"
    sent = client.post(address, {"mail": mail, **fields})
    assert sent.status_code in (302, 404, 422)
    assert routes(post) == []


def test_what_another_person_answered_meanwhile_is_told(
    town: Town, client: Client, post: Post
) -> None:
    mail = post.waiting(tenant("甲"))
    company = town.aoba.organisation.id
    answer(client, post, mail, "tenant:甲", company=company)
    shown = answer(client, post, mail, "tenant:甲", company=town.fumi.organisation.id)
    assert "もう確認待ちではありません" in shown
    assert routes(post) == [("tenant", "甲", company)]


def test_a_sender_is_believed_only_with_a_signature_that_held(
    town: Town, client: Client, post: Post, data: Path
) -> None:
    signed = post.held(sender="alert@console.example", signed_by=("console.example",))
    post.held(sender="alert@console.example", signed_by=("console.example",))
    address = f"/mailboxes/{post.mailbox.pk}/waiting/sender/"
    fields = {"mail": signed, "verdict": "accept", "format": "eset"}
    client.post(address, {**fields, "domain": "evil.example"})
    assert not MailSender.objects.within_mailbox(post.mailbox).exists()
    assert "認める（2通を読む）" in page(client, post)
    client.post(address, {**fields, "domain": "console.example"})
    (sender,) = (s for s in load(data=data).mail_senders if s.mailbox == post.mailbox.id)
    assert (sender.address, sender.dkim_domain, sender.format) == (
        "alert@console.example",
        "console.example",
        "eset",
    )
    assert "2通を分けています" in page(client, post)


def test_an_unsigned_mail_offers_no_trust(client: Client, post: Post, data: Path) -> None:
    mail = post.held(sender="alert@console.example")
    shown = page(client, post)
    assert "認められません" in shown
    assert 'value="accept"' not in shown
    address = f"/mailboxes/{post.mailbox.pk}/waiting/sender/"
    client.post(address, {"mail": mail, "verdict": "accept", "domain": ""})
    client.post(address, {"mail": mail, "verdict": "accept", "domain": "console.example"})
    assert not MailSender.objects.within_mailbox(post.mailbox).exists()
    client.post(address, {"mail": mail, "verdict": IGNORED})
    (sender,) = (s for s in load(data=data).mail_senders if s.mailbox == post.mailbox.id)
    assert sender.format == IGNORED


def test_a_hostile_mail_is_text_and_asks_nothing_of_the_network(client: Client, post: Post) -> None:
    post.held(
        sender="evil@evil.example",
        signed_by=("evil.example",),
        text='<img src="http://evil.example/x.png"><script>alert(1)</script>読めます',
    )
    post.waiting(tenant('"><script>alert(2)</script>'))
    for question in ("", f"?mail={post.all()[0]}"):
        shown = page(client, post, question)
        for forbidden in ("<script>alert", "<img src=", "\u202e"):
            assert forbidden not in shown
    assert "⟨U+202E⟩" in page(client, post)


def test_a_route_to_a_company_that_is_no_customer_any_more_is_not_told(
    town: Town, client: Client, post: Post, data: Path
) -> None:
    """Its new provider's customers must not receive what our consoles report."""
    mail = post.waiting(tenant("甲"))
    answer(client, post, mail, "tenant:甲", company=town.fumi.organisation.id)
    assert [r for r in load(data=data).mail_routes if r.mailbox == post.mailbox.id]
    end_engagement(firm_id=town.firm.id, organisation_id=town.fumi.organisation.id)
    mark_directory_changed()
    publish_directory()
    assert not [r for r in load(data=data).mail_routes if r.mailbox == post.mailbox.id]
    shown = client.get(f"/mailboxes/{post.mailbox.pk}/learned/").content.decode()
    assert "文京歯科" not in shown
    assert "いまは担当していない会社" in shown


def test_what_was_learned_is_searched_changed_and_removed(
    town: Town, client: Client, post: Post, data: Path
) -> None:
    for value, company in (("甲", town.aoba), ("乙", town.fumi)):
        mail = post.waiting(tenant(value))
        answer(client, post, mail, f"tenant:{value}", company=company.organisation.id)
    learned = f"/mailboxes/{post.mailbox.pk}/learned/"
    shown = client.get(learned + "?q=文京").content.decode()
    assert "乙" in shown
    assert "甲</td>" not in shown
    route = MailRoute.objects.within_mailbox(post.mailbox).get(value="甲")
    assert "文京歯科" in client.get(f"{learned}?edit={route.pk}&company=文京").content.decode()
    client.post(learned + "change/", {"route": route.pk, "company": town.fumi.organisation.id})
    route.refresh_from_db()
    assert route.organisation_id == town.fumi.organisation.id
    client.post(learned + "change/", {"route": route.pk, "company": town.umi.organisation.id})
    route.refresh_from_db()
    assert route.organisation_id == town.fumi.organisation.id
    client.post(learned + "forget/", {"route": route.pk})
    assert [value for _, value, _ in routes(post)] == ["乙"]


def test_another_firms_route_cannot_be_forgotten_through_our_mailbox(
    town: Town, client: Client, post: Post
) -> None:
    theirs = MailRoute.objects.within_mailbox(town.umi.mailbox).get()
    client.post(f"/mailboxes/{post.mailbox.pk}/learned/forget/", {"route": theirs.pk})
    client.post(
        f"/mailboxes/{post.mailbox.pk}/learned/change/",
        {"route": theirs.pk, "company": town.aoba.organisation.id},
    )
    theirs.refresh_from_db()
    assert theirs.organisation_id == town.umi.organisation.id


def test_every_reason_and_claim_has_its_words() -> None:
    from hinomi.core.mail import ClaimKind, MailState
    from hinomi.portal.mailboxes.words import CLAIMS, REASONS, STATES

    assert set(REASONS) == set(MailReason)
    assert set(CLAIMS) == set(ClaimKind)
    assert set(STATES) == set(MailState)


def test_a_mail_that_waits_after_all_that_was_taught_is_asked_again(
    town: Town, client: Client, post: Post, data: Path
) -> None:
    """A serial is known and the tenant beside it is not: collect has sorted it and it waits."""
    mail = post.waiting(tenant("知らない店"), serial("S1"))
    answer(client, post, mail, "serial:S1", company=town.aoba.organisation.id)
    assert "いま分けています" in page(client, post)
    now_known = load(data=data).generation
    post.room.settle(mail, settled=[], generation=now_known, at=now())
    shown = page(client, post)
    assert "あと1通" in shown
    assert "テナント名「知らない店」" in shown
