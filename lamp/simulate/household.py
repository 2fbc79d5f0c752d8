"""The people of the simulated house over one evening: they talk, look, and use the switch.

Time is the audio's own, in seconds, and only moves when :meth:`Household.act` is called;
what the lamp does is seen only through the state that is passed in. So a household can be
run against the real processes, or against a few lines of test code.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from lamp.messages import State, opposite
from lamp.simulate.habits import Habits, draw_habits
from lamp.simulate.repertoire import load_clips
from lamp.simulate.room import Saying
from lamp.simulate.voices import ClipVoices, Voices

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
    shown: bool = False  # to friends: in front of them nobody repeats, and nobody gives up


@dataclass(frozen=True)
class FalseAction:
    """The lamp changed although nobody asked it to."""

    at: float
    words: str  # said last
    noticed: bool


Act = Say | MoveSwitch


@dataclass(frozen=True)
class _Reaction:
    """What somebody will do should the lamp be wrong, drawn before anybody knows whether it is.

    So a lamp that does better does not change what people say and do later.
    """

    repeats: bool
    forgets: bool
    teaches_after: float  # s, from the look to the hand at the switch
    notices: bool
    corrects_after: float  # s, the same after what nobody asked for


def _reaction(habits: Habits, rng: random.Random) -> _Reaction:
    reaching = habits.delay(habits.reaction_median, habits.reaction_spread, rng)
    noticing = habits.delay(habits.notice_median, habits.notice_spread, rng)
    return _Reaction(
        repeats=rng.random() < habits.p_repeat,
        forgets=rng.random() < habits.p_forget,
        teaches_after=reaching,
        notices=rng.random() < habits.p_notice,
        corrects_after=noticing + reaching,
    )


class Household:
    """One evening.

    Every command and every burst of talk is drawn from a generator of its own, so that two
    lamps hear nearly the same evening, however differently they behave.

    Args:
        voices: what can be said.
        habits: how people behave.
        seed: of everything that is left to chance.
        minutes: how long people go on talking.
        lamp: its state when the evening begins.
    """

    def __init__(
        self,
        voices: Voices,
        habits: Habits,
        seed: int,
        minutes: float,
        lamp: State = "dark",
    ) -> None:
        self.habits = habits
        self.said: list[Say] = []
        self.attempts: list[Attempt] = []
        self.false_actions: list[FalseAction] = []
        self.switched: list[MoveSwitch] = []
        self._voices = voices
        self._seed = seed
        self._end = minutes * 60
        self._lamp: State = lamp  # as last seen
        self._wanted: State = lamp
        self._pending: Attempt | None = None  # the command that is not settled yet
        self._reaching = False  # a hand is on its way to the switch
        self._showing = False  # friends wait for the second word
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
        return self._end + self.habits.settle

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

    def _rng(self, *occasion: object) -> random.Random:
        name = " ".join(map(str, ("household", self._seed, *occasion)))
        return random.Random(name)  # noqa: S311 - nothing secret

    def _plan(self) -> None:
        habits, rng = self.habits, self._rng("plan")
        at, count = 4.0, 0
        while at < self._end:
            self._at(at, partial(self._command, self._rng("command", count)))
            count += 1
            at += habits.command_gap + rng.expovariate(
                1 / max(0.1, 60 / habits.commands_per_minute - habits.command_gap)
            )
        for kind, rate, deed in (
            ("talk", habits.talk_per_minute / 2.5, self._talk),  # 2.5 sentences a burst
            ("noise", habits.noises_per_minute, self._noise),
            ("flip", habits.silent_flips_per_hour / 60, self._silent_flip),
            ("show", habits.shows_per_hour / 60, self._show),
        ):
            when = self._rng("plan", kind)
            for count in range(round(rate * self._end / 60)):
                self._at(when.uniform(0, self._end), partial(deed, self._rng(kind, count)))
        self._at(self.ends, self._close)

    def _close(self, now: float) -> None:
        if self._due:  # somebody still has something to do
            self._at(now + self.habits.settle, self._close)

    def _at(self, at: float, deed: Callable[[float], None]) -> None:
        heapq.heappush(self._due, (at, self._scheduled, deed))
        self._scheduled += 1

    @property
    def _busy(self) -> bool:
        """The last command is not settled, or a hand is on its way."""
        return self._pending is not None or self._reaching or self._showing

    # ------------------------------------------------------------------ talking

    def _has_the_floor(self, now: float, deed: Callable[[float], None]) -> bool:
        """Whether nobody else speaks; if somebody does, ``deed`` is put off, or given up."""
        if now > self._end:
            return False
        free = self._quiet_from + self.habits.speech_gap
        if now < free:
            self._at(free, deed)
        return now >= free

    def _say(self, now: float, say: Say) -> float:
        """When the words will have been said."""
        self._acts.append(say)
        self.said.append(say)
        self._last_words = say.saying.clip.words
        self._quiet_from = now + say.saying.seconds
        return self._quiet_from

    def _may_command(self, now: float, deed: Callable[[float], None]) -> bool:
        """Whether a command may be given now; if not, ``deed`` is put off, or given up."""
        if self._busy and now <= self._end:
            self._at(now + self.habits.command_gap / 2, deed)
            return False
        if not self._has_the_floor(now, deed):
            return False
        if self._lamp != self._wanted:  # it changed while nobody looked
            self.false_actions.append(FalseAction(now, self._last_words, noticed=False))
        return True

    def _command(self, rng: random.Random, now: float) -> None:
        if not self._may_command(now, partial(self._command, rng)):
            return
        redundant = rng.random() < self.habits.p_redundant
        reaction = _reaction(self.habits, rng)
        wanted = self._lamp if redundant else opposite(self._lamp)
        saying = self._voices.command(wanted, now / self._end, rng)
        attempt = self._ask(now, saying, wanted, shown=False)
        look = partial(self._look, attempt, saying, reaction, rng, False)
        self._at(self._quiet_from + self.habits.look_after, look)

    def _ask(self, now: float, saying: Saying, wanted: State, shown: bool) -> Attempt:
        clip = saying.clip
        redundant = wanted == self._lamp
        attempt = Attempt(now, clip.speaker, clip.words, wanted, redundant, shown=shown)
        self.attempts.append(attempt)
        self._pending, self._wanted = attempt, wanted
        self._say(now, Say(now, saying, wanted))
        return attempt

    def _talk(self, rng: random.Random, now: float) -> None:
        self._say_in_turn(self._voices.talk(now / self._end, rng), rng, now)

    def _noise(self, rng: random.Random, now: float) -> None:
        noise = self._voices.noise(rng)
        if noise is not None:
            self._say_in_turn([noise], rng, now)

    def _say_in_turn(self, sayings: list[Saying], rng: random.Random, now: float) -> None:
        """Say the first now, or when it is quiet, and the others after it."""
        if not self._has_the_floor(now, partial(self._say_in_turn, sayings, rng)):
            return
        said = self._say(now, Say(now, sayings[0], None))
        wonder = partial(self._wonder, _reaction(self.habits, rng))
        self._at(said + self.habits.look_after, wonder)
        if sayings[1:]:
            pause = self.habits.speech_gap + rng.uniform(0.1, 2.5)
            self._at(said + pause, partial(self._say_in_turn, sayings[1:], rng))

    # ------------------------------------------------------------------ friends

    def _show(self, rng: random.Random, now: float) -> None:
        """Friends are shown how it is done: the one word, and a moment later the other.

        What the lamp does not do is done by hand at once, in the middle of it.
        """
        if not self._may_command(now, partial(self._show, rng)):
            return
        wanted = opposite(self._lamp)
        first, second = self._voices.show(wanted, rng)
        self._showing = True
        then = partial(self._show_second, second, opposite(wanted), rng)
        self._show_one(first, wanted, rng, then, now)

    def _show_second(self, saying: Saying, wanted: State, rng: random.Random, now: float) -> None:
        again = partial(self._show_second, saying, wanted, rng)
        if now > self._end or self._has_the_floor(now, again):
            self._showing = False
        if now <= self._end and not self._showing:
            self._show_one(saying, wanted, rng, lambda _: None, now)

    def _show_one(
        self,
        saying: Saying,
        wanted: State,
        rng: random.Random,
        then: Callable[[float], None],
        now: float,
    ) -> None:
        reaction = _reaction(self.habits, rng)
        attempt = self._ask(now, saying, wanted, shown=True)

        def look(at: float) -> None:
            if self._lamp == wanted:
                self._settle(attempt, "obeyed")
                then(at)
            else:
                self._reach(wanted, "teach", reaction.teaches_after, by_hand, at)

        def by_hand(at: float) -> None:
            self._settle(attempt, "flipped")
            self._at(at + self.habits.show_pause, then)

        self._at(self._quiet_from + self.habits.show_pause, look)

    # ------------------------------------------------------------------ looking

    def _look(
        self,
        attempt: Attempt,
        saying: Saying,
        reaction: _Reaction,
        rng: random.Random,
        repeated: bool,
        now: float,
    ) -> None:
        """Has the lamp done what it was asked for? If not: repeat, forget, or flip."""
        if self._pending is not attempt:
            return
        if self._lamp == attempt.wanted:
            self._settle(attempt, "after repeat" if repeated else "obeyed")
        elif attempt.redundant:  # it was right, and now is not
            self._notice(now, attempt.wanted, reaction)
            self._settle(attempt, "flipped")
        elif not repeated and reaction.repeats:
            self._repeat(attempt, saying, reaction, rng, now)
        elif reaction.forgets:
            self._wanted = self._lamp
            self._settle(attempt, "forgotten")
        else:
            done = partial(self._settle, attempt, "flipped")
            self._reach(attempt.wanted, "teach", reaction.teaches_after, lambda _: done(), now)

    def _repeat(
        self,
        attempt: Attempt,
        saying: Saying,
        reaction: _Reaction,
        rng: random.Random,
        now: float,
    ) -> None:
        again = partial(self._repeat, attempt, saying, reaction, rng)
        if not self._has_the_floor(now, again):
            return
        saying = self._voices.again(saying, rng)
        said = self._say(now, Say(now, saying, attempt.wanted, repeat=True))
        look = partial(self._look, attempt, saying, reaction, rng, True)
        self._at(said + self.habits.look_after, look)

    def _wonder(self, reaction: _Reaction, now: float) -> None:
        """After words not meant for the lamp: has it changed all the same?"""
        if self._lamp != self._wanted and not self._busy:
            self._notice(now, self._wanted, reaction)

    def _notice(self, now: float, right: State, reaction: _Reaction) -> None:
        self.false_actions.append(FalseAction(now, self._last_words, reaction.notices))
        if reaction.notices:
            self._wanted = right
            self._reach(right, "correct", reaction.corrects_after, lambda _: None, now)
        else:
            self._wanted = self._lamp

    def _settle(self, attempt: Attempt, outcome: Outcome) -> None:
        attempt.outcome = outcome
        if self._pending is attempt:
            self._pending = None

    # ------------------------------------------------------------------ the switch

    def _reach(
        self,
        to: State,
        reason: Literal["teach", "correct"],
        after: float,
        done: Callable[[float], None],
        now: float,
    ) -> None:
        """Go to the switch, and move it ``after`` s if that is still wanted by then."""
        self._reaching = True

        def arrive(at: float) -> None:
            self._reaching = False
            if self._lamp != to and self._wanted == to:
                self._move(MoveSwitch(at, to, reason))
            done(at)

        self._at(now + after, arrive)

    def _silent_flip(self, rng: random.Random, now: float) -> None:
        if now > self._end:
            return
        if self._busy:
            self._at(now + self.habits.command_gap, partial(self._silent_flip, rng))
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


def evening_at_home(seed: int, minutes: float, habits: Habits | None = None) -> Household:
    """An evening of the shipped recordings' people, with habits drawn for ``seed``."""
    if habits is None:
        habits = draw_habits(random.Random(f"habits {seed}"))  # noqa: S311 - nothing secret
    return Household(ClipVoices(load_clips(), habits), habits, seed, minutes)
