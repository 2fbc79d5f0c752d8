"""Which utterance does a flip belong to?

Bayes over the utterances still in the window, and "none of them": how long people take to
reach the switch (a log-normal delay) times what the model thought of each utterance and, for
words it does not know yet, how they were said.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamp.diary.exchange import Exchange
from lamp.messages import State

USUAL_DELAY = 3.5  # s, median from the end of an utterance to the flip it causes
NOTICING_DELAY = 4.7  # s, the same where the lamp did what nobody wanted: it comes as a surprise
DELAY_SPREAD = 0.6  # standard deviation of a delay's logarithm
SHORTEST_DELAY = 0.3  # s, for the logarithm
SILENT_FLIPS = 0.002  # per s: flips without a word, the hypothesis "none of them"
UNKNOWN_BELIEF = 0.05  # even an utterance the model thinks nothing of may be a new wording
UNSURE_ACTION = 0.6  # even an action the model was sure of may have been unwanted
INSISTED = 0.2  # times that, if the words were said before in vain: people repeat what they want
USUAL_LENGTH = 24  # letters: people keep commands short, talk runs on
SAME_WORDS = 0.6  # difflib ratio above which two transcripts are the same thing said twice
REPEAT_WITHIN = 8.0  # s from one end of speech to the other, within which that is no chance

Manner = Callable[[Exchange], float]  # times likelier a command is said like that


def unknown(_: Exchange) -> float:
    """The manner of those of whom only the words are known."""
    return 1.0


@dataclass(frozen=True)
class Cause:
    """An utterance suspected of having caused a flip; probability 0..1."""

    exchange: Exchange
    probability: float


def causes(
    candidates: Sequence[Exchange],
    at: float,
    new_state: State,
    window: float,
    manner: Manner = unknown,
) -> list[Cause]:
    """The suspects, likeliest first; their probabilities and "no cause" sum to 1.

    Args:
        candidates: exchanges without a label yet.
        at: seconds, when the switch moved.
        new_state: what it moved the lamp to.
        window: seconds an utterance stays a suspect.
        manner: what the way an utterance was said tells, whatever its words.
    """
    recent = [one for one in candidates if 0 <= at - one.ended <= window]
    guilt = [
        _delay_density(at - one.ended, one.acted)
        * (_regret(one, candidates) if one.acted else _belief(one, new_state, manner))
        for one in recent
    ]
    total = sum(guilt) + SILENT_FLIPS * UNKNOWN_BELIEF
    suspects = [Cause(one, weight / total) for one, weight in zip(recent, guilt, strict=True)]
    return sorted(suspects, key=lambda cause: -cause.probability)


def same_words(one: str, other: str) -> bool:
    """Whether two noisy transcripts are likely the same thing said twice."""
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() > SAME_WORDS


def soon_again(first: Exchange, text: str, ended: float) -> bool:
    """Whether ``text``, said until ``ended`` (s), is ``first`` once more."""
    return 0 < ended - first.ended <= REPEAT_WITHIN and same_words(first.text, text)


def _delay_density(delay: float, acted: bool) -> float:
    """Log-normal density per second."""
    delay = max(SHORTEST_DELAY, delay)
    z = math.log(delay / (NOTICING_DELAY if acted else USUAL_DELAY)) / DELAY_SPREAD
    return math.exp(-0.5 * z * z) / (delay * DELAY_SPREAD * math.sqrt(2 * math.pi))


def _belief(exchange: Exchange, new_state: State, manner: Manner) -> float:
    """How likely an utterance the lamp did not act on makes somebody flip to ``new_state``."""
    short = 1 / (1 + (len(exchange.text) / USUAL_LENGTH) ** 2)
    return exchange.probability(new_state) + UNKNOWN_BELIEF * 2 * short * manner(exchange)


def _regret(exchange: Exchange, candidates: Sequence[Exchange]) -> float:
    """How likely what the lamp did about an utterance makes somebody flip it back."""
    insisted = any(soon_again(one, exchange.text, exchange.ended) for one in candidates)
    unsure = UNSURE_ACTION * (INSISTED if insisted else 1.0)
    return 1 - exchange.probability(exchange.action) + unsure
