"""The people of the simulated house over one evening: they talk, look, and use the switch.

Time is the audio's own, in seconds, and only moves when :meth:`Household.act` is called;
what the lamp does is seen only through the state that is passed in. So a household can be
run against the real processes, or against a few lines of test code.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from lamp.messages import State, opposite
from lamp.simulate.habits import Habits, Voices
from lamp.simulate.repertoire import Clip
from lamp.simulate.room import Saying

TRY_AGAIN = 1.0  # s, after moving a switch that did nothing
MOST_TRIES = 3  # then it is left alone

Outcome = Literal["obeyed", "after repeat", "flipped", "forgotten"]


@dataclass(frozen=True)
class Say:
    """Somebody begins to speak, or something makes a noise."""

    at: float
    saying: Saying
    wanted: State | None  # what the lamp is asked for; None: not meant for it
    repeat: bool = False


@dataclass(frozen=True)
class MoveSwitch:
    """A hand moves the switch."""

    at: float
    to: State
    reason: Literal["teach", "correct", "silent"]
    again: bool = False  # nothing happened the first time


@dataclass
class Attempt:
    """A command and how it ended. ``outcome`` is None until that is known."""

    at: float
    speaker: str
    words: str
    wanted: State
    redundant: bool  # the lamp was in that state already
    outcome: Outcome | None = None


@dataclass(frozen=True)
class FalseAction:
    """The lamp changed although nobody asked it to."""

    at: float
    words: str  # said last
    noticed: bool


Act = Say | MoveSwitch


class Household:
    """One evening.

    Args:
        clips: what can be said.
        seed: of everything that is left to chance.
        minutes: how long people go on talking.
        habits: how they behave.
        lamp: its state when the evening begins.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        seed: int,
        minutes: float,
        habits: Habits | None = None,
        lamp: State = "dark",
    ) -> None:
        self.attempts: list[Attempt] = []
        self.false_actions: list[FalseAction] = []
        self.switched: list[MoveSwitch] = []
        self._habits = habits or Habits()
        self._rng = random.Random(f"household {seed}")  # noqa: S311 - nothing secret
        self._voices = Voices(clips, self._rng)
        self._end = minutes * 60
        self._lamp: State = lamp  # as last seen
        self._wanted: State = lamp
        self._pending: Attempt | None = None  # the command that is not settled yet
        self._reaching = False  # a hand is on its way to the switch
        self._tries = 0  # at a switch that does nothing
        self._last_words = ""
        self._quiet_from = 0.0  # nobody speaks from then on
        self._acts: list[Act] = []
        self._due: list[tuple[float, int, Callable[[float], None]]] = []
        self._scheduled = 0
        self._plan()

    @property
    def ends(self) -> float:
        """When the evening is over, a little quiet at the end included (s)."""
        return self._end + self._habits.settle

    def next_at(self) -> float | None:
        """When :meth:`act` has to be called next; None: the evening is over."""
        return self._due[0][0] if self._due else None

    def act(self, now: float, lamp: State) -> list[Act]:
        """What people begin to do at ``now``, seeing the lamp in state ``lamp``."""
        self._acts = []
        self._lamp = lamp
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2](now)
        return self._acts

    def _plan(self) -> None:
        habits, rng = self._habits, self._rng
        at = 4.0
        while at < self._end:
            self._at(at, self._command)
            at += habits.command_gap + rng.expovariate(
                1 / max(0.1, 60 / habits.commands_per_minute - habits.command_gap)
            )
        for rate, deed in (
            (habits.talk_per_minute / 2.5, self._talk),  # 2.5 sentences a burst
            (habits.noises_per_minute, self._noise),
            (habits.silent_flips_per_hour / 60, self._silent_flip),
        ):
            for _ in range(round(rate * self._end / 60)):
                self._at(rng.uniform(0, self._end), deed)
        self._at(self.ends, self._close)

    def _close(self, now: float) -> None:
        if self._due:  # somebody still has something to do
            self._at(now + self._habits.settle, self._close)

    def _at(self, at: float, deed: Callable[[float], None]) -> None:
        heapq.heappush(self._due, (at, self._scheduled, deed))
        self._scheduled += 1

    # ------------------------------------------------------------------ talking

    def _has_the_floor(self, now: float, deed: Callable[[float], None]) -> bool:
        """Whether nobody else speaks; if somebody does, ``deed`` is put off, or given up."""
        if now > self._end:
            return False
        free = self._quiet_from + self._habits.speech_gap
        if now < free:
            self._at(free, deed)
        return now >= free

    def _say(self, now: float, say: Say) -> float:
        """When the words will have been said."""
        self._acts.append(say)
        self._last_words = say.saying.clip.words
        self._quiet_from = now + say.saying.seconds
        return self._quiet_from

    def _command(self, now: float) -> None:
        if self._pending or self._reaching:  # the last one is not settled
            self._at(now + self._habits.command_gap / 2, self._command)
            return
        if not self._has_the_floor(now, self._command):
            return
        if self._lamp != self._wanted:  # it changed while nobody looked
            self.false_actions.append(FalseAction(now, self._last_words, noticed=False))
        redundant = self._rng.random() < self._habits.p_redundant
        wanted = self._lamp if redundant else opposite(self._lamp)
        saying = self._voices.command(wanted, now / self._end)
        clip = saying.clip
        attempt = Attempt(now, clip.speaker, clip.words, wanted, redundant)
        self.attempts.append(attempt)
        self._pending, self._wanted = attempt, wanted
        said = self._say(now, Say(now, saying, wanted))
        self._at(said + self._habits.look_after, lambda at: self._look(at, attempt, saying))

    def _talk(self, now: float) -> None:
        self._say_in_turn(now, self._voices.talk(now / self._end))

    def _noise(self, now: float) -> None:
        self._say_in_turn(now, [self._voices.noise()])

    def _say_in_turn(self, now: float, sayings: list[Saying]) -> None:
        """Say the first now, or when it is quiet, and the others after it."""
        if not self._has_the_floor(now, lambda at: self._say_in_turn(at, sayings)):
            return
        said = self._say(now, Say(now, sayings[0], None))
        self._at(said + self._habits.look_after, self._wonder)
        if sayings[1:]:
            pause = self._habits.speech_gap + self._rng.uniform(0.1, 2.5)
            self._at(said + pause, lambda at: self._say_in_turn(at, sayings[1:]))

    # ------------------------------------------------------------------ looking

    def _look(self, now: float, attempt: Attempt, saying: Saying, repeated: bool = False) -> None:
        """Has the lamp done what it was asked for? If not: repeat, forget, or flip."""
        habits, rng = self._habits, self._rng
        if self._pending is not attempt:
            return
        if self._lamp == attempt.wanted:
            self._settle(attempt, "after repeat" if repeated else "obeyed")
        elif attempt.redundant:  # it was right, and now is not
            self._notice(now, attempt.wanted)
            self._settle(attempt, "flipped")
        elif not repeated and rng.random() < habits.p_repeat:
            self._at(now, lambda at: self._repeat(at, attempt, saying))
        elif rng.random() < habits.p_forget:
            self._wanted = self._lamp
            self._settle(attempt, "forgotten")
        else:
            self._reach(now, attempt.wanted, "teach", lambda: self._settle(attempt, "flipped"))

    def _repeat(self, now: float, attempt: Attempt, saying: Saying) -> None:
        if not self._has_the_floor(now, lambda at: self._repeat(at, attempt, saying)):
            return
        again = self._voices.again(saying)
        said = self._say(now, Say(now, again, attempt.wanted, repeat=True))
        self._at(said + self._habits.look_after, lambda at: self._look(at, attempt, again, True))

    def _wonder(self, now: float) -> None:
        """After words not meant for the lamp: has it changed all the same?"""
        if self._lamp != self._wanted and not self._pending and not self._reaching:
            self._notice(now, self._wanted)

    def _notice(self, now: float, right: State) -> None:
        noticed = self._rng.random() < self._habits.p_notice
        self.false_actions.append(FalseAction(now, self._last_words, noticed))
        if noticed:
            self._wanted = right
            self._reach(now, right, "correct", lambda: None)
        else:
            self._wanted = self._lamp

    def _settle(self, attempt: Attempt, outcome: Outcome) -> None:
        attempt.outcome = outcome
        if self._pending is attempt:
            self._pending = None

    # ------------------------------------------------------------------ the switch

    def _reach(
        self,
        now: float,
        to: State,
        reason: Literal["teach", "correct"],
        done: Callable[[], None],
    ) -> None:
        """Go to the switch, and move it if that is still wanted by then."""
        median, spread = self._habits.reaction_median, self._habits.reaction_spread
        self._reaching = True
        delay = min(6.0, max(0.8, self._rng.lognormvariate(math.log(median), spread)))

        def arrive(at: float) -> None:
            self._reaching = False
            if self._lamp != to and self._wanted == to:
                self._move(MoveSwitch(at, to, reason))
            done()

        self._at(now + delay, arrive)

    def _silent_flip(self, now: float) -> None:
        if self._pending or self._reaching:
            self._at(now + self._habits.command_gap, self._silent_flip)
            return
        self._wanted = opposite(self._lamp)
        self._move(MoveSwitch(now, self._wanted, "silent"))

    def moved(self, move: MoveSwitch, lamp: State) -> None:
        """What the lamp is like right after ``move``; if it did not follow, try again soon."""
        self._lamp = lamp
        if lamp == move.to:
            self._tries = 0
        elif self._tries < MOST_TRIES:
            self._tries += 1

            def again(at: float) -> None:
                if self._lamp != move.to and self._wanted == move.to:
                    self._move(MoveSwitch(at, move.to, move.reason, again=True))

            self._at(move.at + TRY_AGAIN, again)

    def _move(self, move: MoveSwitch) -> None:
        self._acts.append(move)
        self.switched.append(move)
        self._lamp = move.to  # until seen otherwise
