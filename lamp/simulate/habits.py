"""How people treat a lamp: every number of it, and the ranges that a household draws them from.

The ranges are wide on purpose, wider than a policy should take for granted, and nothing in
the lamp reads them: a constant tuned to these people would be tuned to all of them at once.
They are guesses, not measurements of people.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any


def _share(usual: float, least: float, most: float) -> float:
    """A probability or a share of the cases (0..1), drawn evenly."""
    drawn: float = field(default=usual, metadata={"range": (least, most), "factor": False})
    return drawn


def _size(usual: float, least: float, most: float) -> float:
    """A time or a rate, drawn so that doubling is as likely as halving."""
    drawn: float = field(default=usual, metadata={"range": (least, most), "factor": True})
    return drawn


@dataclass(frozen=True)
class Habits:
    """One household's: what is usual, and between what bounds it is drawn."""

    # how much is going on
    commands_per_minute: float = _size(2.0, 1.5, 3.0)
    talk_per_minute: float = _size(3.5, 1.5, 8.0)  # utterances not meant for the lamp, in bursts
    noises_per_minute: float = _size(0.5, 0.1, 1.5)  # doors, taps, somebody whistling
    silent_flips_per_hour: float = _share(6.0, 0.0, 20.0)  # the switch moved without a word
    command_gap: float = _size(9.0, 7.0, 12.0)  # s, at least, between two commands
    speech_gap: float = _size(1.2, 0.6, 2.0)  # s, at least, between any two utterances
    # how they speak
    first_choice: float = _share(0.55, 0.35, 0.8)  # of sayings: the favourite wording
    p_variation: float = _share(0.18, 0.05, 0.35)  # of sayings: a word more or less (text only)
    p_novel: float = _share(0.06, 0.0, 0.12)  # of sayings: never said before (text only)
    p_redundant: float = _share(0.06, 0.0, 0.25)  # of commands: for the state there is already
    p_same_again: float = _share(0.7, 0.4, 1.0)  # of repeats: in the same words (text only)
    # what they do when the lamp has not obeyed
    look_after: float = _size(1.5, 0.8, 3.0)  # s from the end of the words to a look at the lamp
    p_repeat: float = _share(0.2, 0.0, 0.5)  # say it once more before anything else
    p_forget: float = _share(0.05, 0.0, 0.2)  # leave the lamp as it is
    reaction_median: float = _size(2.2, 0.8, 6.0)  # s from the look until the hand is at the switch
    reaction_spread: float = _share(0.45, 0.2, 0.8)  # standard deviation of its logarithm
    # what they do when the lamp has done what nobody asked for
    p_notice: float = _share(0.85, 0.6, 1.0)  # see it, and undo it; else it stays as it is
    notice_median: float = _size(
        1.0, 0.3, 5.0
    )  # s from the look until they see it; reaching besides
    notice_spread: float = _share(0.5, 0.2, 0.9)  # standard deviation of its logarithm
    # whom they show it to
    p_shows: float = _share(0.35, 0.35, 0.35)  # of households: there are friends to show it to
    shows_per_hour: float = _size(4.0, 2.0, 8.0)  # in such a household: "lumos", then "nox"
    show_pause: float = _size(2.0, 1.5, 3.0)  # s from the one word to the other
    settle: float = _share(15.0, 15.0, 15.0)  # s of quiet at the end: the last words get a label

    def delay(self, median: float, spread: float, rng: random.Random) -> float:
        """Seconds until a hand does what it is going to do: log-normal, 0.4 to 20 s."""
        return min(20.0, max(0.4, rng.lognormvariate(math.log(median), spread)))


def draw_habits(rng: random.Random, **fixed: float) -> Habits:
    """A household's habits, each drawn from its range but those that are ``fixed``.

    ``shows_per_hour`` is 0 where there is nobody to show the lamp to.
    """
    drawn = {one.name: _drawn(one.metadata, rng) for one in fields(Habits)}
    p_shows = fixed.get("p_shows", drawn["p_shows"])
    if rng.random() >= p_shows:
        drawn["shows_per_hour"] = 0.0
    return Habits(**{**drawn, **fixed})


def _drawn(metadata: Mapping[Any, Any], rng: random.Random) -> float:
    least, most = metadata["range"]
    if metadata["factor"]:
        return math.exp(rng.uniform(math.log(least), math.log(most)))
    return rng.uniform(least, most)
