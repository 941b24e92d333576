"""Which addresses the tower may open."""

from __future__ import annotations

from pathlib import Path

import pytest

from hinomi.core.errors import StartRefused
from hinomi.pipeline.supervisor import Plan, check_address

DATA = Path("somewhere")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_needs_nothing(host: str) -> None:
    check_address(Plan(data=DATA, host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])
def test_an_open_address_without_tls_is_refused_with_what_to_do(host: str) -> None:
    """A sign-in code would cross the network readable."""
    with pytest.raises(StartRefused, match="--certificate"):
        check_address(Plan(data=DATA, host=host))


def test_an_open_address_is_allowed_with_tls_or_behind_a_proxy() -> None:
    check_address(Plan(data=DATA, host="192.0.2.7", certificate=Path("c.pem"), key=Path("k.pem")))
    check_address(Plan(data=DATA, host="192.0.2.7", behind_proxy="192.0.2.8"))


def test_a_certificate_without_its_key_is_not_tls() -> None:
    with pytest.raises(StartRefused):
        check_address(Plan(data=DATA, host="192.0.2.7", certificate=Path("c.pem")))


def test_a_mail_port_towards_the_world_needs_tls() -> None:
    """Consoles' mails name the provider's customers and what was found there."""
    with pytest.raises(StartRefused, match="--certificate"):
        check_address(Plan(data=DATA, smtp_host="192.0.2.7", smtp_port=25))
    check_address(Plan(data=DATA, smtp_host="127.0.0.1", smtp_port=2525))
