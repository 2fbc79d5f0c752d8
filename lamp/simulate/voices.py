"""Who says what in the simulated house, and how it sounds this time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol

from lamp.messages import State, opposite
from lamp.simulate.habits import Habits
from lamp.simulate.repertoire import Clip
from lamp.simulate.room import Saying

#: Speaker -> share of the commands. The visitor comes late.
RESIDENTS = {"Ada": 0.55, "Ben": 0.45}
VISITOR, VISITOR_SHARE, VISITOR_COMES = "Callum", 0.15, 0.7  # after that part of the evening
QUIETER = {"radio": 0.4, "newsreader": 0.4, "television": 0.35}  # gain; the others speak up
BROADCAST = 0.45  # of the bursts of talk


class Voices(Protocol):
    """All that can be said. Each choice is drawn from the ``rng`` of its own occasion."""

    def command(self, wanted: State, part: float, rng: random.Random) -> Saying:
        """Somebody asks for ``wanted``, when ``part`` (0..1) of the evening is over."""

    def again(self, said: Saying, rng: random.Random) -> Saying:
        """The same person asks for the same once more."""

    def show(self, first: State, rng: random.Random) -> tuple[Saying, Saying]:
        """The two words that friends are shown: for ``first``, and for the other state."""

    def talk(self, part: float, rng: random.Random) -> list[Saying]:
        """A few sentences not meant for the lamp."""

    def noise(self, rng: random.Random) -> Saying | None:
        """A sound that is no speech, where there is one."""


class ClipVoices:
    """Those of the shipped recordings.

    Args:
        clips: what can be said.
        habits: how set they are in their ways.
    """

    def __init__(self, clips: Sequence[Clip], habits: Habits) -> None:
        self._habits = habits
        self._commands: dict[tuple[str, State], dict[str, list[Clip]]] = {}
        for clip in clips:
            if clip.kind == "command" and clip.state:
                wordings = self._commands.setdefault((clip.speaker, clip.state), {})
                wordings.setdefault(clip.words, []).append(clip)
        self._talk: dict[str, list[Clip]] = {}
        for clip in clips:
            if clip.kind == "chatter":
                self._talk.setdefault(clip.speaker, []).append(clip)
        self._noises = [clip for clip in clips if clip.kind in ("whistle", "noise")]

    def command(self, wanted: State, part: float, rng: random.Random) -> Saying:
        """See :meth:`Voices.command`."""
        if part > VISITOR_COMES and rng.random() < VISITOR_SHARE:
            speaker = VISITOR
        else:
            speaker = rng.choices(list(RESIDENTS), list(RESIDENTS.values()))[0]
        wordings = list(self._commands[speaker, wanted].values())
        takes = rng.choices(wordings, favourites(self._habits.first_choice, len(wordings)))[0]
        return _say(rng.choice(takes), rng)

    def again(self, said: Saying, rng: random.Random) -> Saying:
        """The same words in any take."""
        clip = said.clip
        assert clip.state is not None
        return _say(rng.choice(self._commands[clip.speaker, clip.state][clip.words]), rng)

    def show(self, first: State, rng: random.Random) -> tuple[Saying, Saying]:
        """The pair that a resident is proudest of: her nicknames."""
        speaker = rng.choice(list(RESIDENTS))
        takes = {
            state: [
                clip
                for wording in self._commands[speaker, state].values()
                for clip in wording
                if clip.family == "nickname"
            ]
            for state in (first, opposite(first))
        }
        one, other = (_say(rng.choice(each), rng) for each in takes.values())
        return one, other

    def talk(self, part: float, rng: random.Random) -> list[Saying]:
        """One broadcast, or people among themselves."""
        people = ["Ada", "Ben", "grandmother"] + ([VISITOR] if part > VISITOR_COMES else [])
        if rng.random() < BROADCAST:
            sentences = self._talk[rng.choice(list(QUIETER))]
        else:
            sentences = [clip for person in people for clip in self._talk[person]]
        count = min(len(sentences), rng.randint(1, 4))
        return [_say(clip, rng) for clip in rng.sample(sentences, count)]

    def noise(self, rng: random.Random) -> Saying | None:
        """A door, a tap, a whistle."""
        return _say(rng.choice(self._noises), rng)


def favourites(first: float, count: int) -> list[float]:
    """How often the first, second, ... of ``count`` wordings is taken.

    The second takes ``first`` of what the first leaves, and so on; the last takes the rest.
    """
    shares = [first * (1 - first) ** place for place in range(count - 1)]
    return [*shares, 1 - sum(shares)]


def _say(clip: Clip, rng: random.Random) -> Saying:
    gain = QUIETER.get(clip.speaker, 1.0) * rng.uniform(0.6, 1.3)
    return Saying(clip, round(gain, 3), round(rng.uniform(0.97, 1.03), 4))
