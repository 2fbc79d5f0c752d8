"""Labelled utterances, and what they say of a new one: a kernel estimate of what is wanted.

A labelled example counts for its action as often as its weight says, times how many times
likelier the new utterance is if it is those words again than if it is other talk (the kernel).
Beside the examples stands all other talk, which is like nothing that was ever heard (ratio 1):

    mass(action) = doubt(action) + sum over its examples of weight * min(ratio, largest)
    mass(none)  += the weight of all examples of none: as often, something else was said

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

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lamp.similarity.alignment import aligned
from lamp.similarity.calibration import Calibration
from lamp.similarity.features import Floats, SymbolTable, Utterance, utterance_of
from lamp.soft_text import SoftText

Triple = tuple[float, float, float]  # of none, lit, dark

TALK_MOST = 100.0  # utterances: a television must not outvote what was taught [O]
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
    """An example. Of a long diary most make room for others before anybody compares them."""

    text: SoftText
    weights: Triple
    table: SymbolTable

    @cached_property
    def utterance(self) -> Utterance:
        return utterance_of(self.text, self.table)


class LabelledExamples:
    """Knows utterances again that were labelled before.

    Args:
        calibration: of the acoustic model that wrote them.
    """

    def __init__(self, calibration: Calibration) -> None:
        self._calibration = calibration
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._talk = 0.0  # weight of all examples of none, those not kept included
        self._bank: _Bank | None = None  # of what is kept, made when it is asked for

    def add(self, name: str, text: SoftText, weights: Triple) -> None:
        """Label the utterance ``name``, or label it anew; one without slots teaches nothing.

        Args:
            weights: how much it counts as none, lit and dark, each 0..1.
        """
        self.remove(name)
        if not text.slots:
            return
        self._talk += weights[0]
        self._kept[name] = _Kept(text, weights, self._calibration.table)
        self._bank = None
        while len(self._kept) > MOST:
            plain = (key for key, kept in self._kept.items() if kept.weights[0] > 0)
            del self._kept[next(plain, next(iter(self._kept)))]

    def remove(self, name: str) -> None:
        """Know nothing of the utterance ``name`` any more."""
        kept = self._kept.pop(name, None)
        if kept is not None:
            self._talk -= kept.weights[0]
            self._bank = None

    def recall(self, text: SoftText) -> Recall:
        """What is remembered at ``text``: each example and how like it is."""
        if not self._kept or not text.slots:
            return Recall((), np.zeros(0))
        if self._bank is None:
            self._bank = _Bank([kept.utterance for kept in self._kept.values()])
        utterance = utterance_of(text, self._calibration.table)
        return Recall(tuple(self._kept), self._bank.nats(utterance, self._calibration))

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
        bank = _Bank([utterance_of(other, self._calibration.table)])
        nats = bank.nats(utterance_of(one, self._calibration.table), self._calibration)
        return float(nats[0])


class _Bank:
    """Utterances side by side, padded to the longest."""

    def __init__(self, utterances: Sequence[Utterance]) -> None:
        self._lengths = np.array([len(each.symbols) for each in utterances])
        shape = (len(utterances), int(self._lengths.max()), utterances[0].symbols.shape[1])
        self._symbols: Floats = np.zeros(shape, np.float32)
        for row, each in enumerate(utterances):
            self._symbols[row, : len(each.symbols)] = each.symbols
        self._grams = np.array([each.grams for each in utterances])
        self._mass = np.array([each.mass for each in utterances], np.float32)
        self._embeddings = _stacked([each.embedding for each in utterances])

    def nats(self, one: Utterance, calibration: Calibration) -> NDArray[np.float64]:
        """Log-likelihood ratios with ``one``; those unlike it in every n-gram are not aligned."""
        cosine = self._grams @ one.grams
        embedding = self._embedding_cosine(one)
        near = np.argsort(-cosine - np.nan_to_num(embedding), kind="stable")[:ALIGNED]
        longest = int(self._lengths[near].max())
        score = aligned(
            one.symbols,
            self._symbols[near, :longest],
            self._lengths[near],
            calibration.ratios,
            calibration.gap,
        )
        found = np.full(len(cosine), _NOTHING)
        found[near] = calibration.nats(
            score, cosine[near], one.mass, self._mass[near], embedding[near]
        )
        return found

    def _embedding_cosine(self, one: Utterance) -> Floats:
        """Of the embeddings with that of ``one``, [n]; nan where one of the two has none."""
        if self._embeddings.shape[1] != len(one.embedding) or not len(one.embedding):
            return np.full(len(self._embeddings), np.nan, np.float32)
        return self._embeddings @ one.embedding


def _stacked(embeddings: Sequence[Floats]) -> Floats:
    """[n, dimensions] of the longest; rows of nan where there is none of that length."""
    dimensions = max(map(len, embeddings))
    rows: Floats = np.full((len(embeddings), dimensions), np.nan, np.float32)
    for row, each in enumerate(embeddings):
        if len(each) == dimensions:
            rows[row] = each
    return rows
