"""To act or not to act: one threshold, and a few reasons to stay still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lamp.config import Deciding, night_hours
from lamp.messages import Action, State, opposite

HESITATION = 6.0  # s after an action of the lamp's own, in which it is less bold
LESS_BOLD = 0.25  # times the boldness, for each such action


@dataclass(frozen=True)
class Decision:
    """What the lamp does about an utterance, and why, for ``lamp why``."""

    action: Action
    reason: str


def threshold(deciding: Deciding, wall: datetime, just_acted: int = 0) -> float:
    """The probability above which the lamp acts at this hour.

    Boldness is 1 minus the threshold. The default of 0.3 was chosen on the household bench:
    the fewest flips an hour by the owner's hand, false actions to undo included.

    A lamp that takes chatter for a command takes the next sentence for one, too, before any
    hand is at the switch; people seldom want two changes so soon. So it is less bold for some
    seconds after it has acted.

    Args:
        deciding: the owner's settings.
        wall: for the night.
        just_acted: actions of the lamp's own in the last :data:`HESITATION` seconds that
            nobody has undone.
    """
    begin, end = night_hours(deciding.night)
    minute = wall.hour * 60 + wall.minute
    is_night = begin <= minute < end if begin <= end else minute >= begin or minute < end
    boldness = deciding.boldness_at_night if is_night else deciding.boldness
    return 1 - boldness * LESS_BOLD**just_acted


def decide(
    text: str,
    probabilities: tuple[float, float, float],
    state: State,
    age: float,
    needed: float,
    deciding: Deciding,
) -> Decision:
    """Whether to flip the lamp out of ``state``.

    Args:
        text: the transcript.
        probabilities: of none, lit and dark.
        state: of the lamp now.
        age: seconds since the utterance ended.
        needed: the threshold, see :func:`threshold`.
        deciding: the owner's settings.
    """
    if sum(letter.isalnum() for letter in text) < deciding.shortest_text:
        return Decision("none", "too little was understood")
    other = opposite(state)
    asked_for = {"lit": probabilities[1], "dark": probabilities[2]}
    if asked_for[other] <= asked_for[state] and asked_for[state] > needed:
        return Decision("none", f"it is {state} already")
    if asked_for[other] <= needed or asked_for[other] <= asked_for[state]:
        return Decision("none", f"{other} is {asked_for[other]:.0%} likely, {needed:.0%} needed")
    if age > deciding.oldest_action:
        return Decision("none", f"too late: said {age:.1f} s ago")
    return Decision(other, f"{other} is {asked_for[other]:.0%} likely, {needed:.0%} needed")
