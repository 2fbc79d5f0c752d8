"""A fit: the closed form of every layer, from the bottom up, then the correction.

The closed form always comes first, so there is a usable model whenever the budget ends. Whether
the correction is worth it is found on exchanges that are held out; then all exchanges are used.

>>> from lamp.language_model.refine import StepBudget
>>> said = [Example("lamp on", 1), Example("lamp off", 2), Example("good day", 0)] * 10
>>> encoder, encoded = Encoder.train(said, ("<none>", "<lit>", "<dark>"), Settings())
>>> training = TrainingSet.of(encoder, encoded, said)
>>> result, scores = fit(training, StepBudget(20), np.random.default_rng(0))
>>> scores.accuracy, scores.examples  # one in five is held out for the trial
(1.0, 6)
>>> result.counts.seen().tolist()  # and counted in the end
[10.0, 10.0, 10.0]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints, softmax
from .closed_form import attention_weights, output_layer
from .contexts import Attention, context_features
from .counts import Counts
from .embeddings import label_ciphers
from .encoder import Encoded, Encoder, Example, no_attention
from .features import Features, Layer, SparseRows, forward
from .refine import Budget, Objective, ShareOfBudget, refined
from .settings import Settings

_HELD_OUT_SHARE = 5  # one exchange in five
_FEWEST_TO_HOLD_OUT = 20
_MOST_TO_TRY = 3_000  # exchanges, held-out ones included; more would not judge differently
_FEWEST_JUDGES = 10  # held-out exchanges of the second most frequent action
_AT_ONCE = 200  # older exchanges
_MOST_TO_ATTEND = 1_000  # exchanges that the closed form of attention is counted from


class Scores(NamedTuple):
    """How well a model answers examples it has not learned from.

    cross_entropy: weighted mean of -ln p(label), in nats; lower is better.
    accuracy: weighted share of examples whose label got the highest probability, 0..1.
    examples: how many were scored.
    """

    cross_entropy: float
    accuracy: float
    examples: int


@dataclass(frozen=True)
class TrainingSet:
    """Labelled exchanges as numbers.

    labels: (n,), indices of actions.
    weights: (n,).
    offsets: (n, actions), nats that are added to the logits.
    stands_for: (n,), how many exchanges the correction takes each for.
    older: more exchanges, which are counted, but which the correction does not see. It is gone
        through each time that all is counted, a few at a time.
    """

    encoder: Encoder
    encoded: Sequence[Encoded]
    labels: Ints
    weights: Floats
    offsets: Floats
    stands_for: Floats
    older: Iterable[Example] = ()

    @classmethod
    def of(
        cls,
        encoder: Encoder,
        encoded: Sequence[Encoded],
        examples: Sequence[Example],
        older: Iterable[Example] = (),
    ) -> TrainingSet:
        """From examples and how ``encoder`` encoded them."""
        labels = np.array([example.label for example in examples], dtype=np.int64)
        weights = np.array([example.weight for example in examples], dtype=np.float64)
        nothing = (0.0,) * len(encoder.tokenizer.specials)
        offsets = np.array([example.offset or nothing for example in examples])
        offsets = offsets.reshape(len(examples), -1)
        stands_for = np.array([example.stands_for for example in examples], dtype=np.float64)
        return cls(encoder, encoded, labels, weights, offsets, stands_for, older)

    def part(self, rows: Ints) -> TrainingSet:
        """Some of the exchanges, and none of the older ones."""
        encoded = [self.encoded[row] for row in rows]
        return TrainingSet(
            self.encoder,
            encoded,
            self.labels[rows],
            self.weights[rows],
            self.offsets[rows],
            self.stands_for[rows],
        )

    def sample(self, most: int) -> TrainingSet:
        """At most ``most`` of the exchanges, evenly spread."""
        total = len(self.labels)
        if total <= most:
            return self
        return self.part(np.linspace(0, total - 1, most).astype(np.int64))

    def features(self, attention: Attention) -> Features:
        """Inputs of the hidden layer."""
        return self.encoder.features(self.encoded, attention)

    @property
    def settings(self) -> Settings:
        """Of the encoder."""
        return self.encoder.settings

    @property
    def actions(self) -> int:
        """How many actions there are."""
        return len(self.encoder.tokenizer.specials)

    @property
    def importance(self) -> Floats:
        """(n,): weights, larger for rarer actions: (share of the action * actions) ** -balance."""
        weights = self.weights * self.stands_for
        counts = np.bincount(self.labels, weights, minlength=self.actions)
        share = np.maximum(counts, 1e-9) / max(float(counts.sum()), 1e-9)
        balanced = (share[self.labels] * self.actions) ** -self.settings.balance
        return np.asarray(weights * balanced)


@dataclass(frozen=True)
class FitResult:
    """All that a fit finds: the layers from the bottom up.

    attention: W.
    counts: F of the hidden layer; the closed form P follows from it.
    correction: D, so that U = P + D; it knows the n-grams there were at the time.
    output: O, (actions, actions).
    """

    attention: Attention
    counts: Counts
    correction: Layer
    output: Floats


def fit(
    training: TrainingSet, budget: Budget, rng: np.random.Generator
) -> tuple[FitResult, Scores | None]:
    """The layers, and how the same recipe did on held-out exchanges, if there were any.

    Args:
        budget: asked before every step of a refinement; half of it goes to the held-out trial.
        rng: draws which exchanges are held out.
    """
    total, l2 = len(training.labels), training.settings.l2
    if total < _FEWEST_TO_HOLD_OUT:
        closed, objective = fit_closed_form(training)
        correction = refined(objective, l2, budget, closed.correction)
        return replace(closed, correction=correction), None
    # The trial: does a correction found on four in five help the fifth?
    order = rng.permutation(total)[:_MOST_TO_TRY]
    held = np.sort(order[: len(order) // _HELD_OUT_SHARE])
    rest = np.sort(order[len(order) // _HELD_OUT_SHARE :])
    trial = ShareOfBudget(budget, 0.0, 0.5)
    found, scores = _try(training.part(rest), training.part(held), trial)
    # Then everything is counted, and the correction goes on from what the trial found.
    closed, objective = fit_closed_form(training)
    if found is None:
        return closed, scores
    found = _with_rows(found, len(closed.correction.grams))
    correction = refined(objective, l2, ShareOfBudget(budget, 0.5, 1.0), found)
    return replace(closed, correction=correction), scores


def nothing_learned(encoder: Encoder) -> FitResult:
    """What there is before the first exchange: nothing counted, attention to all alike."""
    actions = len(encoder.tokenizer.specials)
    counts = Counts.empty(encoder.settings, actions, 3 * encoder.embeddings.shape[1])
    none = np.zeros((0, actions))
    output = output_layer(none, none, label_ciphers(actions), encoder.settings.output_prior)
    correction = counts.weights(slice(0)).zeros_like()
    return FitResult(no_attention(encoder.settings), counts, correction, output)


def fit_closed_form(training: TrainingSet) -> tuple[FitResult, Objective]:
    """The closed form of every layer, with no correction, and the objective of finding one."""
    settings = training.settings
    ciphers = label_ciphers(training.actions)
    # From the bottom up: W, then F of the hidden layer, then O from the hidden states.
    attention = _attention(training.sample(_MOST_TO_ATTEND))
    features = training.features(attention)
    counts, weights, hidden, offset = _count(training, features, attention)
    importance = training.importance
    targets = np.eye(training.actions)[training.labels] * importance[:, None]
    output = output_layer(hidden, targets, ciphers, settings.output_prior)
    # Some labels are wrong; no answer is worth being perfectly sure of.
    doubt = settings.label_smoothing
    wanted = ciphers[training.labels] * (1 - doubt) + doubt / training.actions
    objective = Objective(weights, features, wanted, importance, offset)
    return FitResult(attention, counts, weights.zeros_like(), output), objective


def score(answers: Floats, labels: Ints, weights: Floats) -> Scores:
    """Weighted cross-entropy and accuracy of ``answers`` (n, actions).

    >>> scores = score(np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([0, 1]), np.array([1.0, 3.0]))
    >>> round(scores.cross_entropy, 3)  # -(1 ln 0.5 + 3 ln 0.8) / 4
    0.341
    """
    right = answers[np.arange(len(labels)), labels]
    total = max(float(weights.sum()), 1e-12)
    entropy = float(-(weights * np.log(np.maximum(right, 1e-12))).sum()) / total
    hits = float((weights * (answers.argmax(axis=1) == labels)).sum()) / total
    return Scores(entropy, hits, len(labels))


def _try(rest: TrainingSet, held: TrainingSet, budget: Budget) -> tuple[Layer | None, Scores]:
    """The correction found on ``rest`` if it does better on ``held`` than the closed form.

    A few held-out exchanges are a poor judge: the correction is taken on trust until two actions
    have enough of them [O].

    Returns:
        The correction, or None if the closed form is better; and the better's scores.
    """
    closed, objective = fit_closed_form(rest)
    # Held-out exchanges are in no count: they see the prior and no offset of their own.
    features, importance = held.features(closed.attention), held.importance
    prior = closed.counts.prior(features.l1_norm()) + held.offsets

    def judged(weights: Layer) -> tuple[float, Scores]:
        answers = forward(features, weights, closed.output, prior)
        entropy = score(answers, held.labels, importance).cross_entropy
        return entropy, score(answers, held.labels, held.weights)

    before, unrefined = judged(objective.closed_form)
    correction = refined(objective, rest.settings.l2, budget, closed.correction)
    after, better = judged(objective.closed_form.plus(correction))
    judges = np.sort(np.bincount(held.labels, minlength=held.actions))[-2]
    if after <= before or judges < _FEWEST_JUDGES:
        return correction, better
    return None, unrefined


def _count(
    training: TrainingSet, features: Features, attention: Attention
) -> tuple[Counts, Layer, Floats, Floats]:
    """Counts, their closed form P, the hidden states and the offset that leaves each exchange out
    of its own closed form."""
    labels, weights = training.labels, training.weights
    counts = Counts.empty(training.settings, training.actions, features.dense.shape[1])
    counts.add(features, labels, weights)
    for some in _in_pieces(training.older):
        _count_older(counts, training.encoder, attention, some)
    closed = counts.weights(slice(len(training.encoder.index)))
    offset = counts.leave_one_out(features, labels, weights) + training.offsets
    return counts, closed, softmax(features.times(closed) + offset), offset


def _in_pieces(examples: Iterable[Example]) -> Iterator[list[Example]]:
    left = iter(examples)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _count_older(
    counts: Counts, encoder: Encoder, attention: Attention, examples: list[Example]
) -> None:
    encoded = [encoder.learn(example.text, example.before) for example in examples]
    labels = np.array([example.label for example in examples], dtype=np.int64)
    weights = np.array([example.weight for example in examples], dtype=np.float64)
    counts.add(encoder.features(encoded, attention), labels, weights)


def _with_rows(layer: Layer, grams: int) -> Layer:
    """``layer`` for so many n-grams: older exchanges may have brought new ones."""
    return Layer(layer.dense, np.pad(layer.grams, ((0, grams - len(layer.grams)), (0, 0))))


def _attention(training: TrainingSet) -> Attention:
    """The closed form of W: attention as the hidden layer would have liked it.

    Attention starts even; the hidden layer that follows says in which direction, g = U (t - H),
    each context should have moved.
    """
    settings, encoder = training.settings, training.encoder
    contexts = [exchange.contexts for exchange in training.encoded]
    nothing = no_attention(settings)
    even = context_features(contexts, encoder.embeddings, encoder.cache, nothing)
    grams = SparseRows.stack([exchange.grams for exchange in training.encoded])
    _, closed, hidden, _ = _count(training, Features(even.dense, grams), nothing)
    upwards = (label_ciphers(training.actions)[training.labels] - hidden) @ closed.dense.T
    block, radial, _ = np.split(upwards, 3, axis=1)
    return Attention(
        attention_weights(even.block, block, settings.block, settings.smoothing),
        attention_weights(even.radial, radial, settings.radial, settings.smoothing),
    )
