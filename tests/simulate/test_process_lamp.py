"""The house waits for processes that live, and does not wait for ever for those that do not."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lamp.mailbox import Delivery, Mailbox
from lamp.messages import (
    Decided,
    Flip,
    LampChanged,
    Message,
    Sound,
    State,
    SwitchMoved,
    Watermark,
    opposite,
)
from lamp.simulate import process_lamp
from lamp.simulate.process_lamp import ProcessLamp


class Chain(threading.Thread):
    """Recorder, operator and trainer in one thread: time goes in, and comes out of two of them."""

    def __init__(self, directory: Path) -> None:
        super().__init__(daemon=True)
        self.recorder = Mailbox(directory, "recorder", 1024)
        self.operator = Mailbox(directory, "operator")
        self.trainer = Mailbox(directory, "trainer")
        self.sound: list[Sound] = []
        self.marks: list[float] = []
        self.state: State = "dark"
        self.trainer_lives = True
        self.switch_works = True
        self.deaf_to = 0  # watermarks that get lost
        self.over = False
        self.start()

    def run(self) -> None:
        while not self.over:
            delivery = self.recorder.get(0.005)
            if delivery is not None:
                self.hear(delivery.message)
            delivery = self.operator.get(0.0)
            if delivery is not None and self.switch_works:
                assert isinstance(delivery.message, SwitchMoved)
                self.move(delivery.message.at)

    def hear(self, message: Message) -> None:
        if isinstance(message, Sound):
            self.sound.append(message)
        elif isinstance(message, Watermark):
            if self.deaf_to > 0:
                self.deaf_to -= 1
                return
            self.marks.append(message.until)
            self.operator.send("observer", message)
            if self.trainer_lives:
                self.trainer.send("observer", message)

    def move(self, at: float) -> None:
        self.state = opposite(self.state)
        self.operator.send("observer", Flip(f"f{at}", self.state, at))
        self.operator.send("observer", LampChanged(self.state, at, "switch"))

    def end(self) -> None:
        self.over = True
        self.join()
        for mailbox in (self.recorder, self.operator, self.trainer):
            mailbox.close()


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    chain = Chain(tmp_path)
    yield chain
    chain.end()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path, "observer")
    yield mailbox
    mailbox.close()


def test_sound_is_sent_in_pieces_and_followed_by_its_time(chain: Chain, house: Mailbox) -> None:
    lamp = ProcessLamp(house)
    assert lamp.wait_until_awake(5.0)
    lamp.hear(bytes(2 * 16000 * 5 // 2), 10.0, 12.5)
    assert [(len(piece.pcm), piece.started) for piece in chain.sound] == [
        (32000, 10.0),
        (32000, 11.0),
        (16000, 12.0),
    ]
    assert chain.marks[-1] == 12.5
    assert lamp.late == 0


class AllAtOnce:
    """Mail of several senders that came together: what was sent last may stand first."""

    def __init__(self, until: float) -> None:
        decided = Decided("u1", "lumos", (1.0, 0.0, 0.0), "none", "", until, {})
        self.waiting = [
            Delivery(Watermark(until), "operator"),
            Delivery(Watermark(until), "trainer"),
            Delivery(decided, "anticipator"),
        ]

    def send(self, recipient: str, message: Message) -> None:
        pass

    def get(self, timeout: float | None = None) -> Delivery | None:
        return self.waiting.pop(0) if self.waiting else None


def test_what_was_said_before_time_went_on_is_told_whoever_is_read_first() -> None:
    """On a busy machine a decision stood behind the watermarks and was not told in time."""
    told: list[Message] = []
    lamp = ProcessLamp(AllAtOnce(3.0), told.append)  # type: ignore[arg-type]
    lamp.hear(b"", 2.0, 3.0)
    assert [type(message) for message in told] == [Decided]


def test_a_lamp_that_does_not_wake_is_given_up(house: Mailbox) -> None:
    began = time.monotonic()
    assert not ProcessLamp(house).wait_until_awake(0.2)
    assert time.monotonic() - began < 2.0


def test_a_lost_watermark_is_sent_again(
    chain: Chain, house: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_lamp, "ASK_AGAIN", 0.05)
    chain.deaf_to = 3
    lamp = ProcessLamp(house)
    assert lamp.wait_until_awake(5.0)
    assert lamp.late == 0


def test_a_flip_is_followed_and_learned_before_the_house_goes_on(
    chain: Chain, house: Mailbox
) -> None:
    lamp = ProcessLamp(house)
    assert lamp.wait_until_awake(5.0)
    lamp.hear(bytes(32000), 0.0, 1.0)
    lamp.flip(1.0)
    assert lamp.state == "lit"
    assert chain.marks[-1] > 1.0


def test_a_switch_that_does_nothing_costs_a_moment(
    chain: Chain, house: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_lamp, "FLIP_PATIENCE", 0.1)
    chain.switch_works = False
    lamp = ProcessLamp(house)
    assert lamp.wait_until_awake(5.0)
    lamp.flip(1.0)
    assert lamp.state == "dark"


def test_a_process_that_stays_away_is_waited_for_less_and_less(
    chain: Chain, house: Mailbox
) -> None:
    lamp = ProcessLamp(house, patience=0.4)
    assert lamp.wait_until_awake(5.0)
    chain.trainer_lives = False
    took = []
    for second in range(1, 6):
        began = time.monotonic()
        lamp.hear(b"", float(second), float(second))
        took.append(time.monotonic() - began)
    assert took[0] >= 0.4
    assert took[-1] < 0.3
    assert lamp.late == 5


def test_a_process_that_comes_back_is_waited_for_as_before(chain: Chain, house: Mailbox) -> None:
    lamp = ProcessLamp(house, patience=0.4)
    assert lamp.wait_until_awake(5.0)
    chain.trainer_lives = False
    lamp.hear(b"", 1.0, 1.0)
    chain.trainer_lives = True
    lamp.hear(b"", 2.0, 2.0)
    assert lamp.late == 1
    chain.trainer_lives = False
    began = time.monotonic()
    lamp.hear(b"", 3.0, 3.0)
    assert time.monotonic() - began >= 0.4


def test_what_the_processes_say_is_told_but_not_the_passing_of_time(
    chain: Chain, house: Mailbox
) -> None:
    told: list[Message] = []
    lamp = ProcessLamp(house, told.append)
    assert lamp.wait_until_awake(5.0)
    decided = Decided("u1", "LUMOS", (0.2, 0.7, 0.1), "lit", "likely", 0.5)
    chain.trainer.send("observer", decided)
    lamp.hear(b"", 1.0, 1.0)
    assert told == [decided]
