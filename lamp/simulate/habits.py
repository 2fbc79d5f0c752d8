"""How the people of the simulated house talk, and how they treat the lamp."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from lamp.messages import State
from lamp.simulate.repertoire import Clip
from lamp.simulate.room import Saying

FAVOURITES = (0.5, 0.3, 0.15, 0.05)  # how often a speaker takes her first, second... wording


@dataclass(frozen=True)
class Habits:
    """Rates, delays (s) and probabilities (0..1) of an evening."""

    commands_per_minute: float = 2.2
    talk_per_minute: float = 3.0  # utterances, in bursts
    noises_per_minute: float = 0.6  # doors, taps, somebody whistling
    silent_flips_per_hour: float = 4.0
    command_gap: float = 9.0  # at least, between two commands
    speech_gap: float = 1.2  # at least, between any two utterances
    look_after: float = 1.5  # after the words, to see what the lamp made of them
    reaction_median: float = 2.2  # then until the hand is at the switch
    reaction_spread: float = 0.4
    p_repeat: float = 0.2  # say it once more before flipping
    p_forget: float = 0.04  # leave the lamp as it is
    p_redundant: float = 0.04  # ask for the state the lamp is in
    p_notice: float = 0.9  # a false action is noticed, and undone
    settle: float = 15.0  # quiet at the end, so that the last words get their label


#: Speaker -> share of the commands. The visitor comes late.
RESIDENTS = {"Ada": 0.55, "Ben": 0.45}
VISITOR, VISITOR_SHARE, VISITOR_COMES = "Callum", 0.15, 0.7  # after that part of the evening
QUIETER = {"radio": 0.4, "newsreader": 0.4, "television": 0.35}  # gain; the others speak up


class Voices:
    """Chooses who says what, and how it sounds this time.

    Args:
        clips: what can be said.
        rng: all choices are drawn from it.
    """

    def __init__(self, clips: Sequence[Clip], rng: random.Random) -> None:
        self._rng = rng
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

    def command(self, wanted: State, part: float) -> Saying:
        """Somebody asks for ``wanted``, when ``part`` (0..1) of the evening is over."""
        if part > VISITOR_COMES and self._rng.random() < VISITOR_SHARE:
            speaker = VISITOR
        else:
            speaker = self._rng.choices(list(RESIDENTS), list(RESIDENTS.values()))[0]
        wordings = list(self._commands[speaker, wanted].values())
        takes = self._rng.choices(wordings, FAVOURITES[: len(wordings)])[0]
        return self._say(self._rng.choice(takes))

    def again(self, said: Saying) -> Saying:
        """The same words by the same speaker once more, in any take."""
        clip = said.clip
        assert clip.state is not None
        return self._say(self._rng.choice(self._commands[clip.speaker, clip.state][clip.words]))

    def talk(self, part: float) -> list[Saying]:
        """A few sentences not meant for the lamp: one broadcast, or people among themselves."""
        rng = self._rng
        people = ["Ada", "Ben", "grandmother"] + ([VISITOR] if part > VISITOR_COMES else [])
        if rng.random() < 0.45:
            sentences = self._talk[rng.choice(list(QUIETER))]
        else:
            sentences = [clip for person in people for clip in self._talk[person]]
        count = min(len(sentences), rng.randint(1, 4))
        return [self._say(clip) for clip in rng.sample(sentences, count)]

    def noise(self) -> Saying:
        """A sound that is no speech."""
        return self._say(self._rng.choice(self._noises))

    def _say(self, clip: Clip) -> Saying:
        gain = QUIETER.get(clip.speaker, 1.0) * self._rng.uniform(0.6, 1.3)
        return Saying(clip, round(gain, 3), round(self._rng.uniform(0.97, 1.03), 4))
