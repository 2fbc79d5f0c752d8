"""Plays conversations to a lamp; a hand at the switch puts right what it gets wrong."""

from __future__ import annotations

import random
from typing import NamedTuple

from bench.household import talk
from bench.household.channel import Channel
from bench.household.hour import LampUnderTest
from bench.two_turns.conversations import Conversation, drawn
from lamp.messages import State, opposite

RATE = 0.10  # errors a letter
SPEAKING, PAUSE = 1.5, 3.0  # s
REACTION = (2.0, 4.5)  # s from the end of the words to the hand at the switch
QUIET = 20.0  # s without a word: longer than a flip can be about words
CHATTER = 0.5  # of the conversations follow a sentence that is not for the lamp


class Answer(NamedTuple):
    """How a second turn ended. at: s."""

    at: float
    conversation: Conversation
    right: bool


class Table:
    """The people around the lamp.

    Args:
        lamp: the lamp under test.
        seed: of all that is drawn.
    """

    def __init__(self, lamp: LampUnderTest, seed: int) -> None:
        self._lamp = lamp
        self._rng = random.Random(f"two turns {seed}")
        self._channel = Channel(RATE, seed)
        self._now = 0.0
        self._state: State = "dark"
        self.flips = 0

    def play(self, minutes: float) -> list[Answer]:
        """Conversations until the time is over."""
        answers = []
        for conversation in drawn(self._rng):
            if self._now >= minutes * 60:
                break
            answers.append(self._converse(conversation))
        return answers

    def _converse(self, said: Conversation) -> Answer:
        self._now += QUIET
        self._set(self._before(said))
        if self._rng.random() < CHATTER:
            self._say(talk.chatter(self._rng), self._state)
        self._say(said.first, said.asked or self._state)
        if said.wanted == "none":
            right = self._say(said.second, self._state)
        else:
            right = self._say(said.second, said.wanted)
        return Answer(self._now, said, right)

    def _before(self, said: Conversation) -> State:
        """The state that gives the first or the second turn something to do."""
        if said.wanted == "none":
            return self._rng.choice(("lit", "dark"))
        return said.wanted if said.asked else opposite(said.wanted)

    def _set(self, state: State) -> None:
        """By hand and without a word, long after the last."""
        if self._state != state:
            self._move(state)
        self._now += PAUSE

    def _say(self, words: str, wanted: State) -> bool:
        """Whether the lamp was right; if not, a hand sets it."""
        self._now += SPEAKING
        noise = random.Random(self._rng.random())
        heard = self._channel.heard("owner", words, noise)
        self._state = self._lamp.hear(self._now, heard, self._state == "lit") or self._state
        right, delay = self._state == wanted, self._rng.uniform(*REACTION)
        if not right:
            self._now += delay
            self._move(wanted)
            self.flips += 1
        self._now += PAUSE
        return right

    def _move(self, state: State) -> None:
        self._state = state
        self._lamp.flipped(self._now, state == "lit")
