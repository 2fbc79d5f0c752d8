"""The numbers of one hour. All are plain floats; NaN where one does not apply."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.household.log import Flip, Heard, Log
from lamp.messages import ACTIONS, State, opposite

NAN = math.nan
MINUTES = (5, 20, 60)
SAME_TIME = 0.01  # s
WINDOW, NEEDED = 20, 18  # of so many commands in a row, so many obeyed: nine in ten
CALIBRATED_FROM = 600.0  # s: a lamp that knows nothing is not yet judged
BINS = 10

Scores = dict[str, float]


@dataclass(frozen=True)
class Measure:
    """How a score is called and compared; ``percent``: it is a share, shown as such."""

    name: str
    title: str
    better: Literal["less", "more"]
    percent: bool = False
    mean: bool = False  # a median of small counts hides the bad evening


MEASURES = (
    Measure("flips", "flips", "less"),
    Measure("teach", "to teach", "less"),
    Measure("correct", "to correct", "less"),
    *(Measure(f"obeyed_{at}", f"obeyed at {at} min", "more", percent=True) for at in MINUTES),
    Measure("flips_to_90", "flips to 90 %", "less"),
    Measure("false", "false actions", "less", mean=True),
    Measure("again", "acted again after a correction", "less", mean=True),
    Measure("against", "acted against what was taught", "less", mean=True),
    Measure("charged_now", "flips charged right at once", "more", percent=True),
    Measure("charged_end", "in the end", "more", percent=True),
    Measure("silent_charged", "silent flips charged", "less", percent=True),
    Measure("ece", "calibration error", "less"),
)


def measure(log: Log) -> Scores:
    """All of :data:`MEASURES`, and how many ``commands`` asked for a change."""
    asked = [one for one in log.heard if one.asks_for_change]
    reasons = [flip.move.reason for flip in log.flips if not flip.move.again]
    return {
        "commands": float(len(asked)),
        "teach": float(reasons.count("teach")),
        "correct": float(reasons.count("correct")),
        "flips": float(reasons.count("teach") + reasons.count("correct")),
        **{f"obeyed_{at}": obeyed_around(asked, at, log.minutes) for at in MINUTES},
        "flips_to_90": flips_to_ninety(asked, log.flips),
        "false": float(sum(one.false_action for one in log.heard)),
        "again": float(acted_again(log)),
        "against": float(acted_against(log)),
        "charged_now": charged_right(log.flips, lambda flip: flip.charged),
        "charged_end": charged_right(log.flips, lambda flip: flip.charged_in_the_end),
        "silent_charged": silent_charged(log.flips),
        "ece": calibration_error(log.heard),
    }


def obeyed_around(asked: Sequence[Heard], minute: float, minutes: float = 60.0) -> float:
    """Share of the commands within a quarter of ``minute`` (2.5 at least) that were obeyed.

    NaN if the hour is shorter than that.
    """
    reach = max(2.5, minute / 4)
    if minute > minutes:
        return NAN
    near = [one for one in asked if abs(one.ended / 60 - minute) <= reach]
    return _share(one.after == one.wanted for one in near)


def flips_to_ninety(asked: Sequence[Heard], flips: Sequence[Flip]) -> float:
    """Flips that were needed before nine in ten commands were obeyed; infinite: they never were."""
    obeyed = [one.after == one.wanted for one in asked]
    for first in range(len(asked) - WINDOW + 1):
        if sum(obeyed[first : first + WINDOW]) >= NEEDED:
            since = asked[first].ended
            return float(sum(one.move.at < since and one.move.reason != "silent" for one in flips))
    return math.inf


def acted_again(log: Log) -> int:
    """False actions on words whose false action somebody had undone by hand before.

    The same words are the same sentence by the same speaker, however it was written down.
    """
    corrected: list[tuple[float, tuple[str, str]]] = [
        (flip.move.at, _words(flip.cause))
        for flip in log.flips
        if flip.cause is not None and flip.cause.false_action
    ]
    return sum(
        any(at < one.ended and words == _words(one) for at, words in corrected)
        for one in log.heard
        if one.false_action
    )


def acted_against(log: Log) -> int:
    """Actions on words that had only ever been taught as the other state.

    Taught: a hand moved the switch because of them, or the lamp obeyed them rightly.
    """
    lessons: list[tuple[float, tuple[str, str], State]] = [
        (flip.move.at, _words(flip.cause), flip.cause.wanted)
        for flip in log.flips
        if flip.cause is not None and flip.cause.wanted is not None
    ]
    lessons += [
        (one.ended, _words(one), one.after)
        for one in log.heard
        if one.acted and one.wanted == one.after
    ]
    count = 0
    for one in log.heard:
        if one.acted:
            taught = {
                what for at, words, what in lessons if at < one.ended and words == _words(one)
            }
            count += taught == {opposite(one.after)}
    return count


def charged_right(flips: Sequence[Flip], charged: Callable[[Flip], list[float] | None]) -> float:
    """Of the flips that words caused, the share put down to these words or their repeat alone."""
    caused = [(flip, charged(flip)) for flip in flips if flip.cause is not None]
    told = [(flip, blamed) for flip, blamed in caused if blamed is not None]
    return _share(_right(flip, blamed) for flip, blamed in told)


def silent_charged(flips: Sequence[Flip]) -> float:
    """Of the flips without a word, the share put down to words."""
    silent = [flip for flip in flips if flip.cause is None and flip.charged_in_the_end is not None]
    return _share(bool(flip.charged_in_the_end) for flip in silent)


def calibration_error(heard: Sequence[Heard]) -> float:
    """Mean gap between P(the other state is wanted) and how often it was, over ten bins."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for one in heard:
        if one.probabilities is not None and one.ended >= CALIBRATED_FROM:
            other = opposite(one.before)
            forecast = one.probabilities[ACTIONS.index(other)]
            bins[min(BINS - 1, int(forecast * BINS))].append((forecast, one.wanted == other))
    count = sum(map(len, bins))
    if not count:
        return NAN
    return sum(abs(sum(f - came for f, came in each)) for each in bins) / count


def _right(flip: Flip, blamed: list[float]) -> bool:
    own = [one.ended for one in flip.causes]
    return bool(blamed) and all(any(abs(at - one) <= SAME_TIME for one in own) for at in blamed)


def _words(one: Heard) -> tuple[str, str]:
    return one.speaker, one.words


def _share(cases: Iterable[bool]) -> float:
    known = list(cases)
    return sum(known) / len(known) if known else NAN
