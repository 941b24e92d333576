"""Real senders, unmodified, each on its listener: stored equals sent, each once, and nothing of one
company reaches the other. The pairs are those of `hinomi bench senders`, which kills the tower too.

Those that Debian packages run where they are installed; those of PyPI always.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from benchmarks._senders.judge import Told, Verdict, judge, send
from benchmarks._senders.pairs import Pair, Way
from benchmarks._senders.table import WIRES
from tests.collect.certificates import make_pair
from tests.collect.conftest import PATIENCE_S, Collect, read_log, sha256
from tests.ports import free_port

from hinomi.core.directory import Directory, Organisation, Source
from hinomi.store.directory import load, publish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hinomi.core.records import RawRecord

pytestmark = pytest.mark.sockets
COMPANIES = ("aoi", "fumi")
ROUNDS, EACH = 3, 10


def source_of(pair: Pair, company: str) -> Source:
    """With a token and a port of its own."""
    id_ = id_of(pair, company)
    return Source(id_, company, pair.kind, id_, token_sha256=sha256(id_), port=free_port())


def id_of(pair: Pair, company: str) -> str:
    """Of the source; its token too."""
    return f"{company}-{WIRES.index(pair)}"


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collect]:
    """One collect with TLS for all pairs, so that each costs only its sender."""
    collect = Collect(tmp_path_factory.mktemp("street"))
    organisations = tuple(Organisation(each, each) for each in COMPANIES)
    sources = tuple(source_of(pair, company) for pair in WIRES for company in COMPANIES)
    publish(Directory(organisations=organisations, sources=sources), data=collect.data)
    ours = make_pair(collect.data, "tower")
    collect.start("--certificate", str(ours.certificate), "--key", str(ours.key))
    yield collect
    collect.kill()


def way(street: Collect, pair: Pair, company: str, folder: Path) -> Way:
    (folder / company).mkdir()
    id_ = id_of(pair, company)
    ports = {each.id: each.port for each in load(data=street.data).sources}
    return Way(
        ingest=street.endpoints["ingest"],
        token=id_,
        port=ports[id_] or 0,
        folder=folder / company,
        authority=street.data / "tower.pem",
    )


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # clients that leave sockets to the collector
@pytest.mark.parametrize("pair", [pytest.param(each, id=each.name) for each in WIRES])
def test_what_two_companies_send_at_once_is_kept_as_it_was_once_and_apart(
    street: Collect, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why := pair.missing():
        pytest.skip(why)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    told = {company: Told() for company in COMPANIES}
    with ExitStack() as stack:
        senders = {
            company: stack.enter_context(pair.open(way(street, pair, company, tmp_path)))
            for company in COMPANIES
        }
        for number in range(ROUNDS):
            for company in COMPANIES:
                texts = pair.texts(company, range(number * EACH, number * EACH + EACH))
                send(pair, senders[company], texts, told[company])
        kept = wait_for(street, pair)
    for company, other in (COMPANIES, COMPANIES[::-1]):
        found = judge(
            pair, told[company], [record.raw for record in kept[company]], others=told[other].sent
        )
        count = ROUNDS * EACH
        acked = count if pair.tells_acks else 0
        assert found == Verdict(count, acked, stored=count, equal=count), street.log()


def wait_for(street: Collect, pair: Pair) -> dict[str, list[RawRecord]]:
    """The records of the pair's two sources, once there are enough; those that softflowd makes of
    the way back come besides."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        kept = {company: of_source(street, id_of(pair, company)) for company in COMPANIES}
        if all(len(records) >= ROUNDS * EACH for records in kept.values()):
            return kept
        counts = {company: len(records) for company, records in kept.items()}
        assert time.monotonic() < deadline, (counts, street.log())
        time.sleep(0.1)


def of_source(street: Collect, id_: str) -> list[RawRecord]:
    found = [record for record in read_log(street.data) if record.source == id_]
    assert {record.organisation for record in found} <= {id_.partition("-")[0]}
    return found
