"""A fit from labelled exchanges: the closed form of every layer, then a polish.

The closed form always comes first, so there is a usable model whenever the budget ends. Whether
the polish is worth it is found on exchanges that are held out; then all exchanges are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints
from .attention import Attended
from .budget import Budget, ShareOfBudget
from .contexts import SameLength
from .counts import Counts, l1_norm
from .encoder import Encoded, Encoder, batch_of
from .examples import Example, Scores
from .network import Batch, Weights, run, see
from .polish import Task, nothing, plus, polish
from .settings import Settings
from .softmax import softmax
from .warm_start import Smoothing, attention_weights, hidden_attention

_HELD_OUT_SHARE = 5  # one exchange in five
_FEWEST_TO_HOLD_OUT = 20
_MOST_TO_TRY = 3_000  # exchanges, held-out ones included; more would not judge differently
_FEWEST_JUDGES = 10  # held-out exchanges of the second most frequent action
_MOST_TO_ATTEND = 1_000  # exchanges that the closed form of attention is counted from
_SLIP = 0.02  # how often the hidden layer is believed to be wrong before anything is known


@dataclass(frozen=True)
class Lesson:
    """Labelled exchanges as numbers.

    labels: (n,), indices of actions.
    weights: (n,).
    ciphers: (actions, hidden), the label ciphers.
    """

    encoder: Encoder
    encoded: Sequence[Encoded]
    labels: Ints
    weights: Floats
    ciphers: Floats

    @classmethod
    def of(cls, examples: Sequence[Example], encoder: Encoder, ciphers: Floats) -> Lesson:
        """From examples, with an encoder that knows their texts."""
        encoded = [encoder.encode(example.text, example.before) for example in examples]
        return cls.encoded_by(encoder, encoded, examples, ciphers)

    @classmethod
    def encoded_by(
        cls,
        encoder: Encoder,
        encoded: Sequence[Encoded],
        examples: Sequence[Example],
        ciphers: Floats,
    ) -> Lesson:
        """From examples that are encoded already."""
        return cls(
            encoder,
            encoded,
            np.array([example.label for example in examples], dtype=np.int64),
            np.array([example.weight for example in examples], dtype=np.float64),
            ciphers,
        )

    def part(self, rows: Ints) -> Lesson:
        """Some of the exchanges."""
        encoded = [self.encoded[row] for row in rows]
        return Lesson(self.encoder, encoded, self.labels[rows], self.weights[rows], self.ciphers)

    def sample(self, most: int) -> Lesson:
        """At most ``most`` of the exchanges, evenly spread."""
        total = len(self.labels)
        if total <= most:
            return self
        return self.part(np.linspace(0, total - 1, most).astype(np.int64))

    @property
    def settings(self) -> Settings:
        """Of the encoder."""
        return self.encoder.settings


@dataclass(frozen=True)
class Fitted:
    """A model's weights: the counts, and what the polish adds to their closed form."""

    counts: Counts
    base: Weights
    difference: Weights


def fit(lesson: Lesson, budget: Budget, rng: np.random.Generator) -> tuple[Fitted, Scores | None]:
    """Weights for a lesson, and how the same recipe did on held-out exchanges, if there were any.

    Args:
        budget: asked before every polishing step; half of it goes to the held-out trial.
        rng: draws which exchanges are held out.
    """
    total = len(lesson.labels)
    if total < _FEWEST_TO_HOLD_OUT:
        counts, task = closed_form(lesson)
        difference = polished(task, lesson.settings, budget, nothing(task.base))
        return Fitted(counts, task.base, difference), None
    order = rng.permutation(total)[:_MOST_TO_TRY]
    held = np.sort(order[: len(order) // _HELD_OUT_SHARE])
    rest = np.sort(order[len(order) // _HELD_OUT_SHARE :])
    trial = ShareOfBudget(budget, 0.0, 0.5)
    found, scores = _try(lesson.part(rest), lesson.part(held), trial)
    counts, task = closed_form(lesson)
    if found is None:
        return Fitted(counts, task.base, nothing(task.base)), scores
    difference = polished(task, lesson.settings, ShareOfBudget(budget, 0.5, 1.0), found)
    return Fitted(counts, task.base, difference), scores


def unpolished(lesson: Lesson) -> Fitted:
    """The closed form alone."""
    counts, task = closed_form(lesson)
    return Fitted(counts, task.base, nothing(task.base))


def blank(encoder: Encoder, ciphers: Floats) -> Fitted:
    """What there is before the first exchange: nothing counted, attention to all alike."""
    settings = encoder.settings
    hidden = ciphers.shape[1]
    counts = Counts.empty(settings, ciphers, 3 * encoder.embeddings.shape[1])
    base = Weights(
        encoder.embeddings,
        np.zeros((settings.block, settings.block)),
        np.zeros((settings.radial, settings.radial)),
        counts.dense_weights(),
        np.zeros((0, hidden)),
        output_layer(np.zeros((0, hidden)), np.zeros((0, len(ciphers))), ciphers, settings),
    )
    return Fitted(counts, base, nothing(base))


def closed_form(lesson: Lesson) -> tuple[Counts, Task]:
    """The closed form of every layer, from the bottom up, and the task of polishing it."""
    settings, encoder = lesson.settings, lesson.encoder
    block, radial = _attention(lesson.sample(_MOST_TO_ATTEND))
    batch = batch_of(lesson.encoded)
    dense = see(batch, encoder.embeddings, block, radial, encoder.cache)[2]
    counts, hidden, correction = _count(lesson, batch, dense)
    targets = np.eye(len(lesson.ciphers))[lesson.labels]
    importance = lesson.weights * _class_weights(lesson, settings.balance)
    base = Weights(
        encoder.embeddings,
        block,
        radial,
        counts.dense_weights(),
        counts.gram_weights(slice(len(encoder.index))),
        output_layer(hidden, targets * importance[:, None], lesson.ciphers, settings),
    )
    doubt = settings.label_smoothing
    wanted = lesson.ciphers[lesson.labels] * (1 - doubt) + doubt / lesson.ciphers.shape[1]
    return counts, Task(base, batch, wanted, importance, correction, encoder.cache)


def output_layer(hidden: Floats, targets: Floats, ciphers: Floats, settings: Settings) -> Floats:
    """O = log sum H (x) y, the closed form for one unit-norm feature (K = 1) [T].

    The hidden layer is believed to be right nearly always; the counts weigh little beside that,
    for before the polish it is far from sure of itself, and an output layer that took it at its
    word would flatten every answer [O].

    Args:
        hidden: H, (n, hidden), each exchange left out of its own closed form.
        targets: y times the importance of the exchange, (n, actions).
    """
    belief = ciphers.T * (1 - _SLIP) + _SLIP / len(ciphers)
    mass = max(float(targets.sum()), 1.0)
    return np.asarray(np.log(hidden.T @ targets / mass + settings.agreement * belief))


def score(answers: Floats, labels: Ints, weights: Floats) -> Scores:
    """Weighted cross-entropy and accuracy of ``answers`` (n, actions)."""
    right = answers[np.arange(len(labels)), labels]
    total = max(float(weights.sum()), 1e-12)
    entropy = float(-(weights * np.log(np.maximum(right, 1e-12))).sum()) / total
    hits = float((weights * (answers.argmax(axis=1) == labels)).sum()) / total
    return Scores(entropy, hits, len(labels))


def polished(task: Task, settings: Settings, budget: Budget, start: Weights) -> Weights:
    """The difference from the closed form at the end of the budget, or at the bottom."""
    difference = start
    candidates = polish(task, settings.ridge, settings.attend, start)
    while budget.fraction() < 1:
        improved = next(candidates, None)
        if improved is None:
            break
        difference = improved
    return difference


def _try(rest: Lesson, held: Lesson, budget: Budget) -> tuple[Weights | None, Scores]:
    """What a polish on ``rest`` finds if it does better on ``held`` than the closed form.

    A few held-out exchanges are a poor judge: the polish is taken on trust until two actions have
    enough of them [O].

    Returns:
        The difference from the closed form, or None if that is better; and the better's scores.
    """
    counts, task = closed_form(rest)
    unseen = batch_of(held.encoded)
    importance = held.weights * _class_weights(held, rest.settings.balance)

    def trial(weights: Weights) -> tuple[float, Scores]:
        seen = see(unseen, *weights[:3], task.cache)
        prior = counts.prior(l1_norm(seen[2], unseen.grams))
        answers = run(weights, unseen, task.cache, prior, seen).answer
        judged = score(answers, held.labels, importance).cross_entropy
        return judged, score(answers, held.labels, held.weights)

    before, closed = trial(task.base)
    difference = polished(task, rest.settings, budget, nothing(task.base))
    after, better = trial(plus(task.base, difference))
    judges = np.sort(np.bincount(held.labels, minlength=len(held.ciphers)))[-2]
    if after <= before or judges < _FEWEST_JUDGES:
        return difference, better
    return None, closed


def _count(lesson: Lesson, batch: Batch, dense: Floats) -> tuple[Counts, Floats, Floats]:
    """Counts of a lesson, its hidden states and corrections, each exchange left out of its own."""
    counts = Counts.empty(lesson.settings, lesson.ciphers, dense.shape[1])
    counts.add_all(dense, batch.grams, lesson.labels, lesson.weights)
    correction = counts.leave_one_out(dense, batch.grams, lesson.labels, lesson.weights)
    logits = dense @ counts.dense_weights()
    logits += batch.grams.times(counts.gram_weights(slice(len(lesson.encoder.index))))
    return counts, softmax(logits + correction), correction


def _attention(lesson: Lesson) -> tuple[Floats, Floats]:
    """The closed form of the attention matrices of block and radial context."""
    settings, encoder = lesson.settings, lesson.encoder
    batch = batch_of(lesson.encoded)
    block, radial = np.zeros((settings.block,) * 2), np.zeros((settings.radial,) * 2)
    near, around, dense = see(batch, encoder.embeddings, block, radial, encoder.cache)
    counts, hidden, _ = _count(lesson, batch, dense)
    wish = (lesson.ciphers[lesson.labels] - hidden) @ counts.dense_weights().T
    width = encoder.embeddings.shape[1]
    return (
        _attention_matrix(batch.block, near, wish[:, :width], settings.block, settings),
        _attention_matrix(
            batch.radial, around, wish[:, width : 2 * width], settings.radial, settings
        ),
    )


def _attention_matrix(
    groups: Sequence[SameLength],
    done: Sequence[Attended],
    wish: Floats,
    size: int,
    settings: Settings,
) -> Floats:
    wanted = [
        hidden_attention(each, wish[group.rows]) for group, each in zip(groups, done, strict=True)
    ]
    return attention_weights(done, wanted, size, Smoothing(settings.shrinkage, settings.doubt))


def _class_weights(lesson: Lesson, balance: float) -> Floats:
    """(n,): rarer actions weigh more, by (share of the action times actions) ** -balance."""
    actions = len(lesson.ciphers)
    counts = np.bincount(lesson.labels, lesson.weights, minlength=actions)
    share = np.maximum(counts, 1e-9) / max(float(counts.sum()), 1e-9)
    return np.asarray((share[lesson.labels] * actions) ** -balance)
