"""Labelled utterances, and what they say of a new one: a kernel estimate of what is wanted.

A labelled example counts for its action as often as its weight says, times how many times
likelier the new utterance is if it is those words again than if it is other talk (the kernel).
Beside the examples stands all other talk, which is like nothing that was ever heard (ratio 1):

    mass(action) = doubt(action) + sum over its examples of weight * min(ratio, largest)
    mass(none)  += the weight of all examples of none: as often, something else was said; but
                   no more than ``TALK_MOST``, or a television would outvote what was taught

Once "lumos" was taught, and five other things meant nothing:

>>> examples = LabelledExamples(Calibration())
>>> say = SoftText.of_text
>>> _ = examples.add("1", say("LUMOS"), (0.0, 1.0, 0.0))
>>> for number, talk in enumerate(("WHATADAY", "TEAORCOFFEE", "SEEYOU", "NOTYET", "HELLO")):
...     _ = examples.add(str(number + 2), say(talk), (1.0, 0.0, 0.0))
>>> none, lit, dark = examples.probabilities(say("LUMOS"))
>>> lit > 0.9, dark < 0.01
(True, True)
>>> none, lit, dark = examples.probabilities(say("GOODNIGHT"))
>>> none > 0.9
True
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lamp.similarity.alignment import aligned
from lamp.similarity.calibration import Calibration
from lamp.similarity.features import Floats, Utterance, utterance_of
from lamp.soft_text import SoftText

Triple = tuple[float, float, float]  # of none, lit, dark

TALK_MOST = 100.0  # utterances of talk, whatever was heard [O]
TALK_BEFORE = 6.0  # utterances of other talk, as if heard before the first one
NEW_WORDING = 0.03  # of lit and of dark, for each utterance of talk: words nobody taught yet
LARGEST = 7.0  # nats a single example can say: 1 in 1,000 takes is labelled wrongly
ALIGNED = 8  # examples that are aligned: those whose cosines are largest, 24 bring no more [O]
MOST = 400  # examples kept; the oldest of those that say nothing goes first

_NOTHING = -30.0  # nats, of an example that was not aligned


@dataclass(frozen=True)
class Recall:
    """Examples and their log-likelihood ratios with an utterance, in nats, [n]."""

    names: tuple[str, ...]
    nats: NDArray[np.float64]


@dataclass(frozen=True)
class _Kept:
    """An example."""

    text: SoftText
    weights: Triple


class LabelledExamples:
    """Knows utterances again that were labelled before.

    Args:
        calibration: of the acoustic model that wrote them.
    """

    def __init__(self, calibration: Calibration) -> None:
        self._calibration = calibration
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._talk = 0.0  # weight of all examples of none, those not kept included
        self._bank = _Bank(calibration)
        # Who hears, compares and learns asks for the same utterance within a moment.
        self._utterance = lru_cache(maxsize=64)(lambda text: utterance_of(text, calibration.table))
        self._not_in_bank: set[str] = set()  # a long diary's examples come and go uncompared

    def add(self, name: str, text: SoftText, weights: Triple) -> None:
        """Label the utterance ``name``, or label it anew; one without slots teaches nothing.

        Args:
            weights: how much it counts as none, lit and dark, each 0..1.
        """
        self.remove(name)
        if not text.slots:
            return
        self._talk += weights[0]
        self._kept[name] = _Kept(text, weights)
        self._not_in_bank.add(name)
        while len(self._kept) > MOST:
            plain = (key for key, kept in self._kept.items() if kept.weights[0] > 0)
            self._drop(next(plain, next(iter(self._kept))))

    def remove(self, name: str) -> None:
        """Know nothing of the utterance ``name`` any more."""
        if name in self._kept:
            self._talk -= self._drop(name).weights[0]

    def _drop(self, name: str) -> _Kept:
        if name not in self._not_in_bank:
            self._bank.drop(name)
        self._not_in_bank.discard(name)
        return self._kept.pop(name)

    def recall(self, text: SoftText) -> Recall:
        """What is remembered at ``text``: each example and how like it is."""
        if not self._kept or not text.slots:
            return Recall((), np.zeros(0))
        for name in [name for name in self._kept if name in self._not_in_bank]:
            self._bank.put(name, self._utterance(self._kept[name].text))
        self._not_in_bank.clear()
        return Recall(tuple(self._bank.names), self._bank.nats(self._utterance(text)))

    def log_masses(self, recall: Recall, but: str = "") -> Triple:
        """How much speaks for none, lit and dark: natural logarithms, relative to none.

        Args:
            but: the name of an example that is left out: the one whose label is in question.
        """
        talk = min(TALK_MOST, TALK_BEFORE + self._talk)
        masses = np.array([talk, NEW_WORDING * talk, NEW_WORDING * talk])
        nats, names = recall.nats, recall.names
        if but in self._kept:
            masses -= self._kept[but].weights[0] * np.array([1, NEW_WORDING, NEW_WORDING])
            others = [index for index, name in enumerate(names) if name != but]
            nats, names = nats[others], tuple(names[index] for index in others)
        if names:
            weights = np.array([self._kept[name].weights for name in names])
            # The likest may say so much and no more; what others say less, they still say less.
            capped = nats - max(0.0, float(nats.max()) - LARGEST)
            masses += np.exp(capped) @ weights
        none, lit, dark = np.log(masses) - np.log(masses[0])
        return float(none), float(lit), float(dark)

    def probabilities(self, text: SoftText, but: str = "") -> Triple:
        """P(none), P(lit), P(dark) by the examples alone; they sum to one."""
        masses = np.exp(self.log_masses(self.recall(text), but))
        none, lit, dark = masses / masses.sum()
        return float(none), float(lit), float(dark)

    def likeness(self, one: SoftText, other: SoftText) -> float:
        """How many nats likelier the two are the same words than other talk."""
        if not one.slots or not other.slots:
            return _NOTHING
        mine, theirs = self._utterance(one), self._utterance(other)
        cosine = np.array([theirs.grams @ mine.grams], np.float32)
        embedding = np.array([_embedding_cosine(mine, theirs)], np.float32)
        return float(_nats(mine, [theirs], cosine, embedding, self._calibration)[0])


class _Bank:
    """Utterances side by side, in rows that stay where they are while others come and go."""

    def __init__(self, calibration: Calibration) -> None:
        self.names: list[str] = []  # by row
        self._calibration = calibration
        self._utterances: list[Utterance] = []
        self._grams: Floats = np.zeros((0, 0), np.float32)
        self._embeddings: Floats = np.zeros((0, 0), np.float32)

    def put(self, name: str, utterance: Utterance) -> None:
        """One more, in the last row."""
        row = len(self.names)
        self._grams = _with_row(self._grams, row, utterance.grams)
        self._embeddings = _with_row(self._embeddings, row, utterance.embedding)
        self.names.append(name)
        self._utterances.append(utterance)

    def drop(self, name: str) -> None:
        """One less: the last one takes its row."""
        row, last = self.names.index(name), len(self.names) - 1
        for rows in (self._grams, self._embeddings):
            rows[row] = rows[last]
        self.names[row], self._utterances[row] = self.names[last], self._utterances[last]
        self.names.pop()
        self._utterances.pop()

    def nats(self, one: Utterance) -> NDArray[np.float64]:
        """Log-likelihood ratios with ``one``; those whose cosines are small are not aligned."""
        count = len(self.names)
        cosine = self._grams[:count] @ one.grams
        embedding: Floats = np.full(count, np.nan, np.float32)
        if len(one.embedding) and self._embeddings.shape[1] == len(one.embedding):
            embedding = self._embeddings[:count] @ one.embedding
        near = np.argsort(-cosine - np.nan_to_num(embedding), kind="stable")[:ALIGNED]
        found = np.full(count, _NOTHING)
        others = [self._utterances[row] for row in near]
        found[near] = _nats(one, others, cosine[near], embedding[near], self._calibration)
        return found


def _nats(
    one: Utterance,
    others: Sequence[Utterance],
    cosine: Floats,
    embedding: Floats,
    calibration: Calibration,
) -> NDArray[np.float64]:
    """Log-likelihood ratios of ``one`` with each of ``others``, [n]."""
    lengths = np.array([len(each.symbols) for each in others])
    symbols: Floats = np.zeros((len(others), lengths.max(), one.symbols.shape[1]), np.float32)
    for row, each in enumerate(others):
        symbols[row, : len(each.symbols)] = each.symbols
    score = aligned(one.symbols, symbols, lengths, calibration.ratios, calibration.gap)
    mass = np.array([each.mass for each in others], np.float32)
    return calibration.nats(score, cosine, one.mass, mass, embedding)


def _embedding_cosine(one: Utterance, other: Utterance) -> float:
    """Nan where one of the two has no embedding, or they are of two kinds."""
    if not len(one.embedding) or len(one.embedding) != len(other.embedding):
        return math.nan
    return float(one.embedding @ other.embedding)


def _with_row(rows: Floats, row: int, values: Floats) -> Floats:
    """``rows`` with ``values`` in this row, grown where they must; nan where there are none."""
    if row >= len(rows) or (len(values) and rows.shape[1] < len(values)):
        wider = max(rows.shape[1], len(values))
        grown: Floats = np.full((max(16, 2 * row), wider), np.nan, np.float32)
        if rows.shape[1] == wider:
            grown[: len(rows)] = rows
        rows = grown
    rows[row] = values if len(values) == rows.shape[1] else np.nan
    return rows
