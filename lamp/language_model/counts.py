"""The hidden layer as running counts: a labelled exchange is added, and taken back, exactly.

F is a sum over exchanges, so a new label is one outer product, however many there were before. It
is in the next prediction. Floating point sums depend on their order, and taking a term away leaves
a trace; so F is kept in whole multiples of 2^-30:

>>> 0.1 + 0.2 - 0.2 == 0.1
False
>>> counts = ExactCounts.empty(inputs=1, targets=1)
>>> for mass in (0.1, 0.2, -0.2):
...     counts.units += in_units(np.array([[mass]]))
>>> counts.units.tolist() == in_units(np.array([[0.1]])).tolist()
True

An exchange of action 1 that has n-gram 5, counted three times:

>>> from lamp.language_model.features import SparseRows
>>> counts = Counts.empty(Settings(gram_capacity=8), actions=2, dense_inputs=1)
>>> exchange = Features(np.array([[1.0]]), SparseRows.stack([(np.array([5]), np.array([1.0]))]))
>>> for _ in range(3):
...     counts.add(exchange, labels=np.array([1]), weights=np.array([1.0]))
>>> counts.seen().tolist(), counts.grams.mass()[5].tolist(), counts.features
([0.0, 3.0], [0.0, 3.0], 2.0)
"""

from __future__ import annotations

import numpy as np

from .arrays import Floats, Ints
from .closed_form import closed_form, log_share
from .embeddings import label_ciphers
from .features import Features, Layer
from .settings import Settings

UNIT = 2.0**-30
_AT_ONCE = 200  # exchanges; what is computed for each of their entries is large


def in_units(mass: Floats) -> Ints:
    """``mass`` as whole multiples of the unit."""
    return np.rint(np.asarray(mass) / UNIT).astype(np.int64)


class ExactCounts:
    """F of one layer: how much of each input was there together with each target.

    Args:
        units: (inputs, targets), in multiples of 2^-30.
    """

    def __init__(self, units: Ints) -> None:
        self.units = units

    @classmethod
    def empty(cls, inputs: int, targets: int) -> ExactCounts:
        """Nothing counted."""
        return cls(np.zeros((inputs, targets), dtype=np.int64))

    def mass(self, rows: Ints | slice = slice(None)) -> Floats:
        """F, or some rows of it, as floating point numbers.

        Never below zero, which could only be where an exchange was counted with fewer tokens than
        it is taken back with, because the model was made anew in between.
        """
        return np.asarray(np.maximum(self.units[rows], 0) * UNIT)


class Counts:
    """F of the hidden layer U, and the weights that follow from it.

    The targets are the label ciphers: a unit for each action.

    Args:
        settings: smoothing, scale and prior.
        dense: F for the context vectors, (3 w, actions).
        grams: F for the n-grams, (capacity, actions).
        actions: how many exchanges each action had, (actions, 1).
    """

    def __init__(
        self, settings: Settings, dense: ExactCounts, grams: ExactCounts, actions: ExactCounts
    ) -> None:
        self.settings = settings
        self.dense = dense
        self.grams = grams
        self.actions = actions
        self.ciphers = label_ciphers(len(actions.units))
        self._per_target = dense.units.sum(axis=0) + grams.units.sum(axis=0)

    @classmethod
    def empty(cls, settings: Settings, actions: int, dense_inputs: int) -> Counts:
        """Nothing counted yet."""
        return cls(
            settings,
            ExactCounts.empty(dense_inputs, actions),
            ExactCounts.empty(settings.gram_capacity, actions),
            ExactCounts.empty(actions, 1),
        )

    def add(self, features: Features, labels: Ints, weights: Floats) -> None:
        """Count n exchanges; with negative weights they are taken back exactly.

        Bit for bit the same as one after the other: the sums are of whole numbers below 2^53.

        Args:
            labels: (n,), indices of actions.
            weights: (n,).
        """
        dense, grams = features
        targets = self.ciphers[labels] * weights[:, None]
        # Unit by unit: each product x (x) y is rounded to whole units before it is summed.
        for unit, target in enumerate(targets.T):
            added = in_units(dense * target[:, None]).sum(axis=0)
            self.dense.units[:, unit] += added
            entries = in_units(grams.values * target[grams.row_of_entry])
            sums = np.bincount(grams.columns, entries).astype(np.int64)
            self.grams.units[: len(sums), unit] += sums
            self._per_target[unit] += added.sum() + sums.sum()
        np.add.at(self.actions.units[:, 0], labels, in_units(weights))

    @property
    def features(self) -> float:
        """K, the mean L1 norm of the layer's input over the exchanges counted, at least 1."""
        exchanges = float(self.actions.units.sum()) * UNIT
        mass = float(self._per_target.sum()) * UNIT
        return max(1.0, mass / exchanges) if exchanges > 0 else 1.0

    @property
    def per_target(self) -> Floats:
        """c, (actions,), with the exchanges of action 0 that came before the first one [O]."""
        before = self.settings.prior_none * self.features * self.ciphers[0]
        return np.asarray(np.maximum(self._per_target * UNIT, 0) + before)

    def seen(self) -> Floats:
        """(actions,), exchanges counted for each action."""
        return self.actions.mass()[:, 0]

    def weights(self, rows: Ints | slice) -> Layer:
        """P, the closed form, for all context vectors and for some n-grams."""
        share = log_share(self.per_target)
        return Layer(
            self._closed_form(self.dense.mass(), share),
            self._closed_form(self.grams.mass(rows), share),
        )

    def prior(self, norm: Floats) -> Floats:
        """The prior of the targets, log c, as often as it should count, less what the weights hold.

        The weights hold (1 / K) log c for each unit of input: an input of L1 norm K counts the
        prior once. With a balance above 0 it shall count less, as rare actions are not meant to
        be thought unlikely. But the less of a text is known, the less its norm, and the more
        the prior speaks: a text of which nothing is known gets the prior itself [D].

        Args:
            norm: (n,), L1 norms of the inputs.

        Returns:
            (n, actions), to be added to the logits.
        """
        return self._prior(norm, log_share(self.per_target))

    def leave_one_out(self, features: Features, labels: Ints, weights: Floats) -> Floats:
        """What to add to the logits of counted exchanges so that none counts for itself.

        The closed form knows the exchanges it was counted from; judged by them it looks better
        than it is, and a refinement that starts from there sees nothing left to learn. Because F
        is a sum, the closed form without exchange n is F minus one outer product [D].

        Args: as in :meth:`add`, exchanges that were counted.

        Returns:
            (n, actions): x_n . (P without n) - x_n . P, the prior without n included.
        """
        known = slice(int(features.grams.columns.max(initial=-1)) + 1)
        whole = self.weights(known)
        found = np.empty((len(labels), len(self.ciphers)))
        for begin in range(0, len(labels), _AT_ONCE):
            end = min(begin + _AT_ONCE, len(labels))
            few = labels[begin:end], weights[begin:end]
            found[begin:end] = self._leave_one_out(features.part(begin, end), *few, whole)
        return found

    def _leave_one_out(
        self, features: Features, labels: Ints, weights: Floats, whole: Layer
    ) -> Floats:
        dense, grams = features
        own = self.ciphers[labels] * weights[:, None]  # y of each exchange
        norm = features.l1_norm()
        # Without it the column sums are smaller too, each by the whole norm of its input.
        share = log_share(np.maximum(self.per_target - own * norm[:, None], 0))
        without = np.maximum(self.dense.mass() - dense[:, :, None] * own[:, None, :], 0)
        difference = self._closed_form(without, share[:, None, :]) - whole.dense
        offset = np.einsum("nd,ndh->nh", dense, difference)
        # The same for the n-grams, entry by entry, for most exchanges have few of them.
        row = grams.row_of_entry
        without = np.maximum(self.grams.mass(grams.columns) - grams.values[:, None] * own[row], 0)
        difference = self._closed_form(without, share[row]) - whole.grams[grams.columns]
        offset += grams.row_sums(grams.values[:, None] * difference)
        return np.asarray(offset + self._prior(norm, share))

    def _prior(self, norm: Floats, share: Floats) -> Floats:
        known = norm[:, None] / self.features
        wanted = np.maximum(1 - known, np.maximum(0, 1 - self.settings.balance))
        held = self.settings.logit_scale * known
        return np.asarray((wanted - held) * share)

    def _closed_form(self, mass: Floats, share: Floats) -> Floats:
        return self.settings.logit_scale * closed_form(
            mass, share, self.features, self.settings.smoothing
        )
