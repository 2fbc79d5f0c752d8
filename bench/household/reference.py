"""A simple policy around a learner: what anybody would build in an afternoon.

It acts above a threshold, blames a flip on the likeliest of the last utterances, takes silence
for "nothing was wanted" and an action left alone for a right one, and fits anew after each flip.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass

from bench.household.learners import Example, Learner, Probabilities
from lamp.messages import ACTIONS, Action, State, opposite

WINDOW = 12.0  # s in which a flip may be about an utterance
USUAL_DELAY, SPREAD = 3.5, 0.6  # s from words to flip (median), and spread of its logarithm
SHORTEST_DELAY = 0.3  # s
ALIKE = 0.6  # difflib ratio above which two utterances are the same one said twice
FIT_EVERY = 20  # labels by silence


@dataclass
class _Recent:
    ended: float  # s
    text: str
    before: State
    action: Action
    probabilities: Probabilities


class ReferenceLamp:
    """A lamp under test made of any learner.

    Args:
        learner: tells what a text asks for.
        threshold: of P(the other state), above which it acts.
    """

    def __init__(self, learner: Learner, threshold: float) -> None:
        self._learner = learner
        self._threshold = threshold
        self._recent: list[_Recent] = []
        self._examples: list[Example] = []
        self._unfitted = 0
        self._charges: list[tuple[float, float | None]] = []
        self._last: Probabilities | None = None

    def hear(self, t: float, transcript: str, lamp_is_lit: bool) -> State | None:
        """The other state, if that is likely enough wanted."""
        self._settle(t)
        before: State = "lit" if lamp_is_lit else "dark"
        other = opposite(before)
        self._last = given = self._learner.predict(transcript)
        wanted, kept = (given[ACTIONS.index(state)] for state in (other, before))
        acts = wanted > max(self._threshold, kept)
        action: Action = other if acts else "none"
        self._recent.append(_Recent(t, transcript, before, action, given))
        return other if acts else None

    def flipped(self, t: float, lamp_is_lit: bool) -> None:
        """Learn what the flip says of the last words."""
        self._settle(t)
        state: State = "lit" if lamp_is_lit else "dark"
        blamed = self._blamed(t, state)
        for one in blamed:
            self._recent.remove(one)
            self._charges.append((t, one.ended))
            self._examples.append(Example(one.text, state if one.action == "none" else "none"))
        if not blamed:
            self._charges.append((t, None))
        self._fit()

    def probabilities(self) -> Probabilities | None:
        """Of the last words."""
        return self._last

    def attributed(self) -> list[tuple[float, float | None]]:
        """(flip, words blamed or None), in s."""
        return list(self._charges)

    def _blamed(self, t: float, state: State) -> list[_Recent]:
        """The likeliest cause and, if it was not obeyed, what else sounds like it."""
        if not self._recent:
            return []
        cause = max(self._recent, key=lambda one: _guilt(one, t, state))
        if cause.action != "none":
            return [cause]
        return [
            one
            for one in self._recent
            if one is cause or (one.action == "none" and _alike(one.text, cause.text))
        ]

    def _settle(self, now: float) -> None:
        """What no flip followed was handled right."""
        over = [one for one in self._recent if now - one.ended > WINDOW]
        self._recent = [one for one in self._recent if now - one.ended <= WINDOW]
        for one in over:
            asked_for_this = one.probabilities[ACTIONS.index(one.before)]
            if one.action == "none" and asked_for_this > 0.5:
                continue  # it may well have been a command for what there was
            self._examples.append(Example(one.text, one.action))
            self._unfitted += 1
        if self._unfitted >= FIT_EVERY:
            self._fit()

    def _fit(self) -> None:
        self._unfitted = 0
        self._learner.fit(self._examples)


def _guilt(one: _Recent, t: float, state: State) -> float:
    """How likely ``one`` made somebody move the switch to ``state`` at ``t`` (a logarithm)."""
    delay = max(SHORTEST_DELAY, t - one.ended)
    by_time = -0.5 * (math.log(delay / USUAL_DELAY) / SPREAD) ** 2
    if one.action != "none":
        belief = 1.15 - one.probabilities[ACTIONS.index(one.action)]
    else:
        belief = 0.05 + one.probabilities[ACTIONS.index(state)]
    return by_time + math.log(belief)


def _alike(one: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() > ALIKE
