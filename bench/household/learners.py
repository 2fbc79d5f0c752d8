"""Plain learners for the reference policy: logistic regression and nearest neighbours."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from lamp.messages import ACTIONS, Action

NEIGHBOURS = 5
SHARPNESS = 4.0  # power of the similarity with which a neighbour votes
NOBODY_LIKE_IT = 0.3  # the vote for none that is always there
STRENGTH = 10.0  # inverse of the ridge
STEPS = 60

Probabilities = tuple[float, float, float]


class Example(NamedTuple):
    """A labelled text."""

    text: str
    label: Action


class Learner(Protocol):
    """Tells what a text asks for."""

    def fit(self, examples: Sequence[Example]) -> None:
        """Learn from everything labelled so far, oldest first."""

    def predict(self, text: str) -> Probabilities:
        """P(none), P(lit), P(dark)."""


def _ngrams() -> Any:
    """Counts of character 1- to 3-grams, each text of length 1."""
    return HashingVectorizer(
        analyzer="char", ngram_range=(1, 3), n_features=2**12, alternate_sign=False, norm="l2"
    )


class LogisticLearner:
    """Softmax regression on character n-grams, every class weighing the same."""

    def __init__(self) -> None:
        self._ngrams = _ngrams()
        self._model: Any = None

    def fit(self, examples: Sequence[Example]) -> None:
        """See :class:`Learner`."""
        if len({one.label for one in examples}) < 2:
            return
        self._model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=STEPS)
        with warnings.catch_warnings(), threadpool_limits(1):  # several hours may run at once
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._model.fit(
                self._ngrams.transform([one.text for one in examples]),
                [one.label for one in examples],
            )

    def predict(self, text: str) -> Probabilities:
        """See :class:`Learner`."""
        if self._model is None:
            return 1.0, 0.0, 0.0
        given = self._model.predict_proba(self._ngrams.transform([text]))[0]
        known = dict(zip(self._model.classes_, given, strict=True))
        none, lit, dark = (float(known.get(action, 0.0)) for action in ACTIONS)
        return none, lit, dark


class NeighbourLearner:
    """The texts most like it vote, by the cosine of their n-grams."""

    def __init__(self) -> None:
        self._ngrams = _ngrams()
        self._seen: Any = None
        self._labels: NDArray[np.int64] = np.empty(0, np.int64)

    def fit(self, examples: Sequence[Example]) -> None:
        """See :class:`Learner`."""
        if examples:
            self._seen = self._ngrams.transform([one.text for one in examples])
            self._labels = np.array([ACTIONS.index(one.label) for one in examples])

    def predict(self, text: str) -> Probabilities:
        """See :class:`Learner`."""
        votes = np.array([NOBODY_LIKE_IT, 0.0, 0.0])
        if self._seen is not None:
            alike = np.asarray((self._seen @ self._ngrams.transform([text]).T).todense()).ravel()
            nearest = np.argsort(alike)[-NEIGHBOURS:]
            np.add.at(votes, self._labels[nearest], alike[nearest] ** SHARPNESS)
        none, lit, dark = (float(share) for share in votes / votes.sum())
        return none, lit, dark
