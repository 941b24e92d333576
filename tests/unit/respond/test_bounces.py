"""Only a true report about a mail of ours counts, and only for the address it names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hinomi.respond.bounces import Bounce, read_bounces

OURS = "a197f6ac@hinomi.example"


def report(
    *, action: str = "failed", status: str = "5.1.1", message_id: str = f"<{OURS}>",
    part: str = "text/rfc822-headers", kind: str = "multipart/report; report-type=delivery-status",
) -> bytes:  # fmt: skip
    """As Postfix writes it."""
    return f"""From: MAILER-DAEMON@mx.example
To: bounces@hinomi.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: {kind}; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Fri, 20 Nov 2026 10:12:00 +0900

Final-Recipient: rfc822; Aoi@aoba.example
Original-Recipient: rfc822;aoi@aoba.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--B
Content-Type: {part}

From: tower@hinomi.example
Message-ID: {message_id}
Subject: =?utf-8?b?44GK55+l44KJ44Gb?=

--B--
""".replace("\n", "\r\n").encode()


def test_an_unknown_address_bounces_for_good() -> None:
    assert read_bounces(report()) == [Bounce(OURS, "aoi@aoba.example", True, "5.1.1")]
    assert read_bounces(report(part="message/rfc822")) == read_bounces(report())


@pytest.mark.parametrize(
    ("action", "status"),
    [("delayed", "4.4.1"), ("failed", "4.4.7"), ("failed", "5.2.2"), ("failed", "5.4.4")],
)
def test_what_may_pass_is_not_for_good(action: str, status: str) -> None:
    (bounce,) = read_bounces(report(action=action, status=status))
    assert not bounce.is_hard


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "what"])
def test_what_arrived_is_no_bounce(action: str) -> None:
    assert read_bounces(report(action=action, status="2.0.0")) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": ""},
        {"message_id": "<no at sign>"},
        {"part": "text/plain"},
        {"kind": "multipart/mixed"},
        {"status": "nonsense"},
    ],
)
def test_what_names_no_mail_of_ours_is_left(changes: dict[str, str]) -> None:
    assert read_bounces(report(**changes)) == []


def test_a_holiday_reply_is_no_bounce() -> None:
    reply = f"From: a@b\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: <{OURS}>\r\n\r\n休みです。"
    assert read_bounces(reply.encode()) == []


@given(st.binary(max_size=400), st.integers(0, 900))
def test_damaged_reports_break_nothing(noise: bytes, at: int) -> None:
    whole = report()
    for bounce in read_bounces(whole[:at] + noise + whole[at:]):
        assert "@" in bounce.address
    read_bounces(whole[:at])
