"""Unit tests open no socket: what needs one is not a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pytest_socket import disable_socket, enable_socket

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_sockets() -> Iterator[None]:
    """Any attempt raises; unix sockets too."""
    disable_socket()
    yield
    enable_socket()
