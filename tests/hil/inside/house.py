"""A lamp without its ears: real pins, real clock, real diary, and words instead of sound."""

from __future__ import annotations

import queue
import time
from datetime import datetime
from pathlib import Path

from lamp.anticipator.anticipator import Anticipator
from lamp.clock import LiveClock
from lamp.config import Config, Pins
from lamp.diary import conversation
from lamp.diary.exchange import Exchange
from lamp.diary.writer import Diary
from lamp.language_model import LanguageModel
from lamp.messages import (
    Correction,
    Directive,
    Flip,
    LampChanged,
    Message,
    State,
    Transcript,
)
from lamp.operator.service import Service
from lamp.transcriber.calibration import calibration_of
from tests.hil.inside import sim

CONFIG = Config(pins=Pins(board="le-potato"))
REACTION = 4.0  # s in which a person waits for the lamp, then goes to the switch
HEARD = 0.5  # s from the end of an utterance to its transcript


class House:
    """One person, who says things and flips the switch if the lamp does not do them."""

    def __init__(self, folder: Path, board: sim.Board) -> None:
        self.folder = folder
        self.switch = sim.Switch(board.line(sim.SWITCH))
        self.relay = board.line(sim.RELAY)
        self.flips: list[Message] = []
        self._mail: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._clock = LiveClock()
        self._said = 0
        self.diary = Diary.open(folder / "diary.sqlite")
        calibration = calibration_of(CONFIG)
        settings = conversation.settings("potato", calibration.learned)
        self._anticipator = Anticipator(
            LanguageModel.fresh(conversation.TOKENS, settings),
            self.diary,
            CONFIG.deciding,
            self._clock,
            self._from_anticipator,
            calibration=calibration,
        )
        self._duty = self._make_duty()
        # Until both edges of a contact were told it is looked at often, and in a kernel that skips
        # time a night of that takes minutes.
        for _ in range(2):
            self.flip()
            time.sleep(2.5)
        self.flips.clear()

    def say(self, words: str) -> Exchange:
        """Say ``words`` now; what the lamp made of it."""
        self._read_mail()
        ended = self._clock.now()
        time.sleep(HEARD)
        self._said += 1
        transcript = Transcript(f"u{self._said}", words, 0.9, ended - 1.0, ended, self._clock.now())
        exchange = self._anticipator.hear(transcript)
        assert exchange is not None
        return exchange

    def want(self, words: str, state: State) -> tuple[Exchange, bool]:
        """Ask for ``state``; the exchange, and whether the switch had to be used."""
        exchange = self.say(words)
        time.sleep(REACTION)
        by_hand = self.state != state
        if by_hand:
            self.flip()
        assert self.state == state
        return exchange, by_hand

    def flip(self) -> None:
        """Go to the switch."""
        self.switch.flip()
        time.sleep(0.5)
        self._read_mail()

    @property
    def state(self) -> State:
        """What the lamp really is."""
        return "lit" if self.relay.high else "dark"

    def wait_until(self, moment: datetime) -> None:
        """Sleep until the clock on the wall shows ``moment`` (local time, without a zone)."""
        time.sleep(max(0.0, moment.timestamp() - time.time()))
        self._anticipator.advance(self._clock.now())

    def close(self) -> None:
        """End everything."""
        self._duty.close()
        self.diary.close()

    def _make_duty(self) -> Service:
        def send(recipient: str, message: Message) -> None:
            if recipient == "anticipator":
                self._mail.put(message)

        return Service(CONFIG, self._clock, send, self.folder / "operator.json")

    def _from_anticipator(self, recipient: str, message: Message) -> None:
        if isinstance(message, Directive):
            self._duty.handle(message)

    def _read_mail(self) -> None:
        time.sleep(0.01)  # the writer's
        while not self._mail.empty():
            message = self._mail.get()
            if isinstance(message, Flip | Correction):
                self.flips.append(message)
                directive = message.directive if isinstance(message, Correction) else ""
                self._anticipator.flipped(message.id, message.state, message.at, directive)
            elif isinstance(message, LampChanged):
                self._anticipator.lamp_changed(message.state)
