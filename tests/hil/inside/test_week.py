"""A week in seconds: the kernel skips the time in which nobody has anything to do."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lamp.messages import Correction
from lamp.operator.process import BEAT_EVERY
from tests.hil.inside import sim
from tests.hil.inside.house import CONFIG, House
from tests.hil.inside.lamp import Operator, until

pytestmark = [pytest.mark.machine("week"), pytest.mark.timeout(0)]

DECIDING = CONFIG.deciding
SUMMER_ENDS = datetime(2026, 10, 25, 3)  # clocks go back one hour
MONDAY = datetime(2026, 10, 19)
EPOCH = datetime(1970, 2, 1)  # a little later: no kernel lets its clock run behind its uptime
CENTRAL_EUROPE = "CET-1CEST,M3.5.0,M10.5.0/3"  # needs no data base of time zones
HABITS = (  # time of day (h, min), words, state
    (6, 40, "LUMOS PLEASE", "lit"),
    (8, 0, "NOX", "dark"),
    (19, 0, "LUMOS PLEASE", "lit"),
    (23, 30, "NOX", "dark"),
)
CHATTER = ("WHERE ARE MY KEYS", "GOOD MORNING", "THE TRAIN WAS LATE", "DINNER IS READY")


def set_clock(moment: datetime) -> None:
    """What NTP does to a board without a battery."""
    time.clock_settime(time.CLOCK_REALTIME, moment.timestamp())


@pytest.fixture(autouse=True)
def europe(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", CENTRAL_EUROPE)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def house(tmp_path: Path, potato: sim.Board) -> Iterator[House]:
    with contextlib.closing(House(tmp_path, potato)) as house:
        yield house


def test_time_travels() -> None:
    before = time.monotonic()
    time.sleep(86400)
    assert 86400 <= time.monotonic() - before < 86401


def test_habits_are_learnt_in_a_week_that_has_midnights_and_the_end_of_summer(
    house: House,
) -> None:
    set_clock(MONDAY)
    by_hand: list[int] = []
    for day in range(7):
        midnight = MONDAY + timedelta(days=day)
        flips = 0
        for hour, minute, words, state in HABITS:
            moment = midnight.replace(hour=hour, minute=minute)
            house.wait_until(moment)
            assert datetime.now() - moment < timedelta(seconds=1)
            exchange, switched = house.want(words, state)  # type: ignore[arg-type]
            boldness = DECIDING.boldness_at_night if hour == 23 else DECIDING.boldness
            assert f"{1 - boldness:.0%} needed" in exchange.reason
            flips += switched
            house.wait_until(moment + timedelta(minutes=7))
            assert house.say(CHATTER[(day + hour) % 4]).action == "none"
        by_hand.append(flips)
    assert datetime.now() > SUMMER_ENDS
    assert by_hand[0] >= 2, "at first it knew nothing"
    assert by_hand[-3:] == [0, 0, 0], by_hand
    assert house.diary.counts()["exchanges"] == 7 * 8


def test_a_flip_after_midnight_labels_what_was_said_before(house: House) -> None:
    set_clock(MONDAY)
    house.wait_until(MONDAY.replace(hour=23, minute=59, second=57))
    exchange, switched = house.want("LUMOS PLEASE", "lit")
    assert switched
    assert datetime.now() > MONDAY + timedelta(days=1)
    time.sleep(60)
    stored = house.diary.exchange(exchange.id)
    assert stored is not None
    assert stored.label is not None
    assert stored.label.action == "lit"


def test_a_clock_that_is_set_by_years_between_word_and_flip_changes_nothing(house: House) -> None:
    set_clock(EPOCH)
    for _ in range(3):
        house.want("LUMOS PLEASE", "lit")
        time.sleep(60)
        house.want("NOX", "dark")
        time.sleep(60)
    exchange = house.say("LUMOS PLEASE")
    assert house.state == "lit", "it knows that by now"
    time.sleep(2)
    set_clock(datetime(2026, 7, 1, 12))
    house.flip()
    assert isinstance(house.flips[-1], Correction)
    stored = house.diary.exchange(exchange.id)
    assert stored is not None
    assert stored.label is not None
    assert stored.label.action == "none"


def test_a_running_operator_is_well_while_the_clock_jumps_to_and_fro(operator: Operator) -> None:
    set_clock(EPOCH)
    operator.start()
    for moment in (datetime(2026, 7, 1), datetime(1999, 12, 31), datetime(2038, 1, 20)):
        set_clock(moment)
        before = operator.relay.high
        operator.switch.flip()
        until(lambda before=before: operator.relay.high != before)
        time.sleep(2 * BEAT_EVERY)
        assert operator.process is not None
        assert operator.process.poll() is None
    began = time.monotonic()
    time.sleep(3600)
    health = operator.health()
    assert health.age(time.monotonic()) < 2 * BEAT_EVERY
    assert health.beat > began
    before = operator.relay.high
    operator.end(signal.SIGKILL)
    set_clock(datetime(2000, 2, 29))
    operator.start()
    assert operator.relay.high == before
