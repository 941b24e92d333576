"""The question to the DNS, over a real socket."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import dns.message
import dns.rcode
import dns.rrset
import pytest

from hinomi.pipeline.sender_names import NoAnswer, ask_txt

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.sockets


@pytest.fixture
def name_server() -> Iterator[int]:
    """Knows two names; is silent about silent.example."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    line.settimeout(0.1)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                raw, who = line.recvfrom(4096)
            except TimeoutError:
                continue
            asked = dns.message.from_wire(raw)
            name = asked.question[0].name.to_text()
            answer = dns.message.make_response(asked)
            if name == "split.example.":
                text = '"v=spf1 include:a.example " "-all"'
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", text))
            elif name == "none.example.":
                answer.set_rcode(dns.rcode.NXDOMAIN)
            elif name == "broken.example.":
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif name == "silent.example.":
                continue
            line.sendto(answer.to_wire(), who)

    thread = threading.Thread(target=serve)
    thread.start()
    yield line.getsockname()[1]
    stop.set()
    thread.join()
    line.close()


def ask(name: str, port: int) -> list[str]:
    return ask_txt(name, server="127.0.0.1", port=port, patience_s=0.4)


def test_a_text_in_two_parts_is_one_text(name_server: int) -> None:
    assert ask("split.example", name_server) == ["v=spf1 include:a.example -all"]


def test_a_name_that_is_not_there_has_no_texts(name_server: int) -> None:
    assert ask("none.example", name_server) == []


@pytest.mark.parametrize("name", ["silent.example", "broken.example"])
def test_no_answer_is_not_the_same_as_no_record(name_server: int, name: str) -> None:
    with pytest.raises(NoAnswer):
        ask(name, name_server)
