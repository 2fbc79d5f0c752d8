"""The supervisor's rules, on a clock that stands still and with processes that are none."""

from __future__ import annotations

import itertools
import json
import logging
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lamp import config as configuration
from lamp.clock import ReplayClock
from lamp.config import Config, Page
from lamp.errors import MailboxError, StateInUse
from lamp.runtime.heartbeat import Health, read_one
from lamp.runtime.paths import lock_state
from lamp.runtime.processes import PROCESSES, START_ORDER
from lamp.supervisor import Limits, Supervisor, run_until_told

LIMITS = Limits()


class FakeChild:
    """A process that ends when the test says so, or when it is asked to."""

    def __init__(self, name: str, pid: int, stubborn: bool = False) -> None:
        self.name = name
        self.pid = pid
        self.stubborn = stubborn
        self.status: int | None = None
        self.signals: list[str] = []
        self.beats = False

    def beaten(self) -> bool:
        return self.beats

    def poll(self) -> int | None:
        return self.status

    def terminate(self) -> None:
        self.signals.append("terminate")
        if not self.stubborn:
            self.status = 0

    def kill(self) -> None:
        self.signals.append("kill")
        self.status = -signal.SIGKILL


class World:
    """A supervisor, its clock and everything it has started."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = ReplayClock(datetime(2026, 1, 1, tzinfo=UTC), 1000.0)
        self.born: list[FakeChild] = []
        self.next_beat = 0.0
        self.stubborn = False
        self.spawning_fails = False
        self._pids = itertools.count(100_001)
        self.supervisor = Supervisor(config, self.clock, self.spawn, sleep=self.sleep)

    def spawn(self, name: str, config_file: Path) -> FakeChild:
        assert configuration.load(config_file) == self.supervisor.config
        if self.spawning_fails:
            raise OSError(12, "Cannot allocate memory")
        self.born.append(FakeChild(name, next(self._pids), self.stubborn))
        return self.born[-1]

    def sleep(self, seconds: float) -> None:
        self.clock.advance(self.clock.now() + seconds)

    def child(self, name: str) -> FakeChild:
        return next(child for child in reversed(self.born) if child.name == name)

    def count(self, name: str) -> int:
        return sum(child.name == name for child in self.born)

    def beat(self, *names: str, **facts: object) -> None:
        """What living processes do, and the dying with their last words."""
        for name in names or PROCESSES:
            child = self.child(name)
            if child.status is None or facts:
                now = self.clock.now()
                health = Health(name, child.pid, "", now, now, dict(facts))
                path = self.runtime / "health" / f"{name}.json"
                path.write_text(json.dumps(asdict(health)))

    @property
    def runtime(self) -> Path:
        return Path(self.config.places.runtime)

    def live(self, seconds: float, *, healthy: bool = True) -> None:
        until = self.clock.now() + seconds
        while self.clock.now() < until:
            self.sleep(0.1)
            self.supervisor.look()
            if healthy and len(self.born) >= len(PROCESSES) and self.clock.now() >= self.next_beat:
                self.next_beat = self.clock.now() + 3.0
                self.beat()

    def fails(self, name: str, status: int, error: str = "") -> None:
        child = self.child(name)
        child.status = status
        if error:
            self.beat(name, state="failed", error=error)

    def time_to_rebirth(self, name: str) -> float:
        before, began = self.count(name), self.clock.now()
        while self.count(name) == before:
            self.live(0.1)
            assert self.clock.now() - began < 100.0
        return self.clock.now() - began


@pytest.fixture
def make_world(config: Config) -> Iterator[Callable[[], World]]:
    worlds: list[World] = []

    def make() -> World:
        worlds.append(World(config))
        return worlds[-1]

    yield make
    for world in worlds:
        world.supervisor.stop()


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    one = make_world()
    one.supervisor.start()
    one.live(2.0)
    return one


def test_the_operator_is_started_first_and_the_others_soon(
    make_world: Callable[[], World],
) -> None:
    world = make_world()
    world.supervisor.start()
    assert [child.name for child in world.born] == ["operator"]
    world.live(1.0)
    assert [child.name for child in world.born] == list(START_ORDER)
    assert set(world.supervisor.pids) == set(PROCESSES)


def test_the_page_is_started_where_it_is_wanted_and_its_failing_costs_no_more(
    config: Config,
) -> None:
    world = World(replace(config, page=Page(enabled=True)))
    world.supervisor.start()
    world.live(1.0)
    assert [child.name for child in world.born] == [*START_ORDER, "page"]
    for _ in range(LIMITS.failures + 1):
        world.fails("page", 1)
        world.time_to_rebirth("page")
    assert not world.supervisor.just_a_switch
    assert {world.count(name) for name in PROCESSES} == {1}
    world.supervisor.stop()


def test_all_are_ended_the_operator_last(world: World) -> None:
    order: list[str] = []
    for child in world.born:
        child.terminate = lambda c=child: (order.append(c.name), setattr(c, "status", 0))  # type: ignore[method-assign, misc]
    world.supervisor.stop()
    assert order == list(reversed(START_ORDER))
    assert world.supervisor.pids == {}
    health = read_one(world.runtime, "supervisor")
    assert health is not None
    assert health.facts["state"] == "stopped"


def test_one_that_does_not_end_is_killed_after_a_grace(make_world: Callable[[], World]) -> None:
    world = make_world()
    world.stubborn = True
    world.supervisor.start()
    world.live(1.0)
    began = world.clock.now()
    world.supervisor.stop()
    assert all(child.signals == ["terminate", "kill"] for child in world.born)
    assert world.clock.now() - began == pytest.approx(LIMITS.grace * len(PROCESSES), abs=0.2)


def test_a_killed_process_is_back_in_an_instant(world: World) -> None:
    world.live(10.0)
    for name in PROCESSES:
        world.fails(name, -signal.SIGKILL)
        assert world.time_to_rebirth(name) <= LIMITS.first_delay + 0.21
    assert not world.supervisor.just_a_switch


def test_one_ended_by_a_stranger_is_started_again(world: World) -> None:
    world.fails("transcriber", 0)
    world.beat("transcriber", state="stopped")
    assert world.time_to_rebirth("transcriber") < 1.0


def test_one_that_has_finished_stays_so(world: World) -> None:
    assert not world.supervisor.finished("recorder")
    world.fails("recorder", 0)
    world.beat("recorder", state="finished")
    world.live(100.0)
    assert world.count("recorder") == 1
    assert world.supervisor.finished("recorder")
    assert not world.supervisor.just_a_switch


def test_delays_double_with_every_failure(world: World) -> None:
    delays = []
    for _ in range(4):
        world.fails("trainer", 1)
        delays.append(world.time_to_rebirth("trainer"))
    assert delays == pytest.approx([0.2, 0.4, 0.8, 1.6], abs=0.21)


def test_failures_of_long_ago_are_forgotten(world: World) -> None:
    for _ in range(3):
        world.fails("trainer", 1)
        world.time_to_rebirth("trainer")
    world.live(LIMITS.settled + 2.0)
    assert world.supervisor.processes["trainer"].failures == 0
    world.fails("trainer", 1)
    assert world.time_to_rebirth("trainer") == pytest.approx(0.2, abs=0.21)


def test_a_process_with_a_reason_is_given_time_and_its_own_line_is_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    line = "no microphone was found. Plug one in"
    world.fails("recorder", 4, line)
    assert world.time_to_rebirth("recorder") == pytest.approx(LIMITS.told_delay, abs=0.21)
    assert f"recorder has ended: {line}. Next try in 2.0 s" in caplog.text
    assert world.supervisor.processes["recorder"].last_error == line


@pytest.mark.parametrize("status", [1, 4, -signal.SIGSEGV])
def test_repeated_failures_of_the_learning_side_make_it_just_a_switch_until_it_lives(
    world: World, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    for _ in range(LIMITS.failures):
        assert not world.supervisor.just_a_switch
        world.time_to_rebirth("recorder") if world.child("recorder").status else None
        world.fails("recorder", status)
        world.live(0.1)
    assert world.supervisor.just_a_switch
    assert caplog.text.count("just a switch") == 1
    assert world.count("operator") == 1
    world.live(1.1)
    health = read_one(world.runtime, "supervisor")
    assert health is not None
    assert health.facts["state"] == "just a switch"
    assert health.facts["processes"]["recorder"]["failures"] == LIMITS.failures
    assert world.time_to_rebirth("recorder") == pytest.approx(LIMITS.longest_delay, abs=2.0)
    assert world.supervisor.just_a_switch  # it may well fail again
    world.live(LIMITS.settled + 2.0)
    assert not world.supervisor.just_a_switch
    assert "listens and learns again" in caplog.text


def test_the_operator_is_never_given_up(world: World, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(12):
        world.fails("operator", 6, "the relay's pin is in use. Stop that program")
        assert world.time_to_rebirth("operator") <= LIMITS.longest_operator_delay + 0.21
    assert not world.supervisor.just_a_switch


def test_a_hung_process_is_killed_and_started_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    hung = world.child("transcriber")
    others = [name for name in PROCESSES if name != "transcriber"]
    for _ in range(int(LIMITS.hung("transcriber")) + 2):
        world.live(1.0, healthy=False)
        world.beat(*others)
    assert hung.signals == ["kill"]
    assert "transcriber has hung for 3" in caplog.text
    world.live(1.0)
    assert world.count("transcriber") == 2
    assert world.supervisor.processes["transcriber"].last_error == "hung"
    assert world.supervisor.processes["transcriber"].failures == 1  # a kill, but not from outside
    assert [world.count(name) for name in others] == [1, 1, 1, 1]


def test_a_full_or_deleted_runtime_directory_is_not_the_hanging_of_all(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Five healthy processes were killed, the operator among them, every 20 s."""
    world.live(10.0)
    for child in world.born:
        child.beats = True  # by the pipe, which needs no disk
    shutil.rmtree(world.runtime)
    world.live(2000.0, healthy=False)
    assert len(world.born) == len(PROCESSES)
    assert "hung" not in caplog.text
    world.child("trainer").beats = False
    world.live(1000.0, healthy=False)
    assert world.count("trainer") > 1  # whoever is silent on both ways does hang
    assert world.count("operator") == 1


def test_a_slow_start_is_not_taken_for_hanging(world: World) -> None:
    world.fails("transcriber", -signal.SIGKILL)
    world.time_to_rebirth("transcriber")
    others = [name for name in PROCESSES if name != "transcriber"]
    for _ in range(int(LIMITS.start) - 5):
        world.live(1.0, healthy=False)
        world.beat(*others)
    assert world.child("transcriber").signals == []  # its predecessor's health does not count
    for _ in range(10):
        world.live(1.0, healthy=False)
        world.beat(*others)
    assert world.count("transcriber") == 3


def test_a_machine_without_room_for_a_process_is_asked_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.spawning_fails = True
    world.fails("trainer", 1)
    world.live(3.0)
    assert "trainer: cannot start: Cannot allocate memory" in caplog.text
    world.spawning_fails = False
    assert world.time_to_rebirth("trainer") < 5.0


def test_a_second_lamp_on_the_same_state_is_refused_in_one_line(
    world: World, make_world: Callable[[], World]
) -> None:
    second = World(world.config)
    with pytest.raises(StateInUse, match=r"another lamp \(process \d+\) runs on") as refusal:
        second.supervisor.start()
    assert "\n" not in str(refusal.value)
    assert second.born == []


def test_after_the_first_has_ended_a_second_lamp_may_start(
    world: World, make_world: Callable[[], World]
) -> None:
    world.supervisor.stop()
    make_world().supervisor.start()


def test_a_runtime_directory_that_cannot_be_written_is_named_and_the_lock_given_back(
    config: Config, house: Path
) -> None:
    (house / "run").write_text("not a directory")
    world = World(config)
    with pytest.raises(MailboxError, match=r"places\.runtime"):
        world.supervisor.start()
    lock_state(house / "state").close()


def test_a_state_directory_that_cannot_be_made_still_leaves_a_switch(
    config: Config, house: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (house / "state").write_text("not a directory")
    world = World(config)
    world.supervisor.start()
    assert [child.name for child in world.born] == ["operator"]
    assert "cannot be written" in caplog.text
    world.supervisor.stop()


def test_run_lasts_until_the_end_is_called(make_world: Callable[[], World]) -> None:
    world = make_world()
    looks = 0

    def sleep(seconds: float) -> None:
        nonlocal looks
        looks += 1
        world.clock.advance(world.clock.now() + seconds)
        if looks == 30:
            world.supervisor.end()

    world.supervisor._sleep = sleep
    world.supervisor.run()
    assert looks == 30
    assert [child.signals for child in world.born] == [["terminate"]] * len(PROCESSES)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_and_the_handlers_are_as_before(
    make_world: Callable[[], World], number: signal.Signals
) -> None:
    world = make_world()
    before = signal.getsignal(number)
    world.supervisor._sleep = lambda _: os.kill(os.getpid(), number)
    run_until_told(world.supervisor)
    assert world.child("operator").signals == ["terminate"]
    assert signal.getsignal(number) is before


def test_nothing_is_logged_while_all_is_well(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.live(60.0)
    assert caplog.text == ""


def test_what_a_predecessor_left_is_not_taken_for_the_configuration(
    make_world: Callable[[], World], config: Config
) -> None:
    path = Path(config.places.runtime) / "lamp.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    world = make_world()
    world.supervisor.start()  # each start of a process compares what is written with what holds
    world.supervisor.stop()
    assert path.read_text() != "{}"
