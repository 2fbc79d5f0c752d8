"""To act or not to act: one threshold, and a few reasons to stay still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lamp.anticipator.behaviour import Triple
from lamp.anticipator.words import Reading
from lamp.config import Deciding, is_night
from lamp.messages import ACTIONS, Action, State, opposite


@dataclass(frozen=True)
class Decision:
    """What the lamp does about an utterance, and why, for ``lamp why``."""

    action: Action
    reason: str


def threshold(deciding: Deciding, wall: datetime) -> float:
    """The probability above which the lamp acts at this hour: 1 minus the boldness.

    Args:
        deciding: the owner's settings.
        wall: for the night.
    """
    night = is_night(deciding.night, wall)
    return 1 - (deciding.boldness_at_night if night else deciding.boldness)


def decide(
    reading: Reading,
    wanted: Triple,
    both_taught: bool,
    state: State,
    age: float,
    needed: float,
    oldest: float,
) -> Decision:
    """Whether to flip the lamp out of ``state``.

    Args:
        reading: what the words alone ask for.
        wanted: what is believed to be wanted, all things considered.
        both_taught: both states were taught; while one never was, it may be guessed.
        age: s since the utterance ended.
        needed: the threshold, see :func:`threshold`.
        oldest: s after the end of an utterance in which it may still be acted on.
    """
    other = opposite(state)
    by_words, believed = _of(reading.probabilities), _of(wanted)
    if by_words["none"] > by_words["lit"] + by_words["dark"]:
        nothing = f"nothing was asked for, {by_words['none']:.0%} likely"
        return Decision("none", f"{nothing}; {needed:.0%} needed to act")
    asks_for_this = by_words[state] >= by_words[other]
    if asks_for_this and reading.taught_as == state and both_taught:
        return Decision("none", f"it is {state} already")
    if believed[other] <= needed or believed[other] <= believed[state]:
        return Decision("none", f"{other} is {believed[other]:.0%} likely, {needed:.0%} needed")
    if reading.undone:
        return Decision("none", "it was undone the last time, and not taught since")
    if age > oldest:
        return Decision("none", f"too late: said {age:.1f} s ago")
    return Decision(other, f"{other} is {believed[other]:.0%} likely, {needed:.0%} needed")


def _of(probabilities: Triple) -> dict[Action, float]:
    return dict(zip(ACTIONS, probabilities, strict=True))
