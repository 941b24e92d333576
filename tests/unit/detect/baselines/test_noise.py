"""A month of ordinary days in an office of ten PCs: who cries every day is switched off."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from hinomi.core.state import MemoryState
from hinomi.detect.baselines import MEASURES
from hinomi.detect.baselines.measure import LEARNING_DAYS
from hinomi.respond.library import cases
from hinomi.triage.cases import CASES
from tests.unit.detect.baselines.office import at, event, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hinomi.core.records import Event

PCS, DAYS = 10, 30 + LEARNING_DAYS * 7 // 5 + 2
MOST_A_DEVICE_DAY = 0.02
PROGRAMS = [rf"C:\Program Files\App{chr(97 + n)}\app.exe" for n in range(26)]
SITES = [f"203.0.113.{n}" for n in range(1, 60)]
OFFICES = range(1, 6)
MB = 1_000_000


def office(seed: int) -> list[Event]:
    """Ordinary days: mornings and evenings that vary, a Saturday now and then, a visitor's phone,
    a new program on one PC and an update that goes round, an update server asked every hour."""
    random = Random(seed)
    events = [each for day in range(DAYS) if day % 7 < 5 or random.random() < 0.15
              for pc in range(PCS) if day % 7 < 5 or pc == 0
              for each in _pc_day(random, day, pc)]  # fmt: skip
    events += _novelties(random)
    return sorted(events, key=lambda each: each.event_time)


def _pc_day(random: Random, day: int, pc: int) -> Iterator[Event]:
    start, end = random.gauss(8.6, 0.3), random.gauss(18.0, 0.7)
    name = f"PC{pc}"
    yield _lease(day, start, f"00:11:22:33:44:{pc:02x}")
    yield _sign_in(day, start, name)
    yield _sign_in(day, 13.0 + random.random(), name)
    for program in random.choices(PROGRAMS, k=20):
        yield _run(day, random.uniform(start, end), name, program)
    for _ in range(25):
        to = (
            random.choice(SITES)
            if random.random() < 0.9
            else f"198.51.100.{random.randint(1, 254)}"
        )
        yield _flow(
            day, random.uniform(start, end), name, to, int(random.lognormvariate(1, 1) * MB)
        )
    for hour in range(int(start) + 1, int(end)):
        yield _flow(day, hour + pc / 60, name, "203.0.113.200", 20_000)


def _novelties(random: Random) -> Iterator[Event]:
    yield _lease(random.randint(24, DAYS), 11, "d2:00:00:00:00:01")
    yield _run(random.randint(24, DAYS), 11, "PC3", r"C:\New\new.exe")
    for pc in range(PCS):
        yield _run(DAYS - 8 + pc % 3, 10 + random.random(), f"PC{pc}", r"C:\Agent\updater.exe")


def _lease(day: int, hour: float, mac: str) -> Event:
    return event(
        {"action": "Extends", "ip": "192.168.1.9", "mac": mac}, at(day, hour), shape="yamaha"
    )


def _sign_in(day: int, hour: float, pc: str) -> Event:
    fields = {"EventID": "4624", "LogonType": "2", "TargetUserName": f"user-{pc}"}
    return event(fields, at(day, hour), shape="windows", device=pc, user=f"user-{pc}")


def _run(day: int, hour: float, pc: str, path: str) -> Event:
    fields = {"Provider_Name": "Microsoft-Windows-Sysmon", "EventID": "1", "Image": path}
    return event(fields, at(day, hour), shape="windows", device=pc)


def _flow(day: int, hour: float, pc: str, to: str, sent: int) -> Event:
    fields = {"type": "traffic", "action": "close", "srcip": "192.168.1.5", "srcname": pc,
              "dstip": to, "dstport": "443", "sentbyte": str(sent)}  # fmt: skip
    return event(fields, at(day, hour), device="fw")


def test_ordinary_months_are_quiet() -> None:
    found = [each for seed in OFFICES for each in watched(office(seed))]
    counts = Counter(each.teller.id for each in found)
    rate = len(found) / (PCS * 30 * len(OFFICES))

    assert rate <= MOST_A_DEVICE_DAY, f"{rate:.3f} findings a device and day: {counts}"
    assert counts["baseline-new-program"] >= len(OFFICES), "the planted new program is news"
    assert counts["baseline-new-device"] == len(OFFICES), "so is the visitor's phone"


def test_memory_of_an_office_is_small() -> None:
    state = MemoryState()
    watched(office(1), state=state)
    size = sum(len(state.get(key) or b"") for key in state)

    assert size / PCS < 20_000, f"{size / PCS:.0f} bytes a device in {len(state)} rows"


def test_every_measure_has_an_id_of_its_own_a_case_and_a_text() -> None:
    tellers = [measure.teller for measure in MEASURES]

    assert len({teller.id for teller in tellers}) == len(tellers) == 7
    assert {teller.case for teller in tellers} <= set(CASES) & set(cases())
