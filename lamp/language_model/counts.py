"""The hidden layer's closed form as running counts: one labelled exchange is one outer product.

Nothing here is ever trained. Adding an exchange costs a few additions, however many there were
before, so a flip of the switch is in the model at once.
"""

from __future__ import annotations

import numpy as np

from .arrays import Floats, Ints
from .settings import Settings
from .sparse import SparseRows
from .tally import Tally, in_units
from .warm_start import Smoothing, closed_form_given, log_share


class Counts:
    """F of the hidden layer U, and the weights that follow from it.

    Args:
        settings: smoothing, temper and prior.
        labels: (actions, hidden), the label ciphers.
        dense: F for the dense contexts, (3 w, hidden).
        grams: F for the n-grams, (capacity, hidden).
        actions: how many exchanges each action had, (actions, 1).
    """

    def __init__(
        self, settings: Settings, labels: Floats, dense: Tally, grams: Tally, actions: Tally
    ) -> None:
        self.settings = settings
        self.labels = labels
        self.dense = dense
        self.grams = grams
        self.actions = actions
        self._per_target = dense.counts.sum(axis=0) + grams.counts.sum(axis=0)

    @classmethod
    def empty(cls, settings: Settings, labels: Floats, dense_inputs: int) -> Counts:
        """Nothing counted yet."""
        hidden = labels.shape[1]
        return cls(
            settings,
            labels,
            Tally.empty(dense_inputs, hidden),
            Tally.empty(settings.gram_capacity, hidden),
            Tally.empty(len(labels), 1),
        )

    def add(self, dense: Floats, grams: tuple[Ints, Floats], label: int, weight: float) -> None:
        """Count one exchange; with the negative weight it is taken back exactly."""
        batch = SparseRows.stack([grams])
        self.add_all(dense[None, :], batch, np.array([label]), np.array([weight]))

    def add_all(self, dense: Floats, grams: SparseRows, labels: Ints, weights: Floats) -> None:
        """Count n exchanges: ``dense`` (n, 3 w), ``grams`` (n, n-grams), labels and weights (n,).

        Bit for bit the same as one after the other: the sums are of whole numbers below 2^53.
        """
        targets = self.labels[labels] * weights[:, None]
        for unit, column in enumerate(targets.T):
            spread = in_units(dense * column[:, None]).sum(axis=0)
            self.dense.counts[:, unit] += spread
            entries = in_units(grams.values * column[grams.row_of_entry])
            sums = np.bincount(grams.columns, entries).astype(np.int64)
            self.grams.counts[: len(sums), unit] += sums
            self._per_target[unit] += spread.sum() + sums.sum()
        np.add.at(self.actions.counts[:, 0], labels, in_units(weights))

    @property
    def features(self) -> float:
        """K, the mean L1 norm of the layer's input over the exchanges counted, at least 1."""
        exchanges = float(self.actions.per_target()[0])
        mass = float(self._per_target.sum()) * 2.0**-30
        return max(1.0, mass / exchanges) if exchanges > 0 else 1.0

    @property
    def per_target(self) -> Floats:
        """c, (hidden,), with the exchanges of action 0 that came before the first one [O]."""
        before = self.settings.nothing_before * self.features * self.labels[0]
        return np.asarray(np.maximum(self._per_target * 2.0**-30, 0) + before)

    def seen(self) -> Floats:
        """(actions,), exchanges counted for each action."""
        return self.actions.mass()[:, 0]

    def dense_weights(self) -> Floats:
        """The closed form for the dense contexts: (3 w, hidden)."""
        return self._weights(self.dense.mass(), log_share(self.per_target))

    def gram_weights(self, rows: Ints | slice) -> Floats:
        """The closed form for some n-grams: (rows, hidden)."""
        return self._weights(self.grams.mass(rows), log_share(self.per_target))

    def prior(self, norm: Floats) -> Floats:
        """The prior of the targets, log c, as often as it should count, less what the weights hold.

        The weights hold (1 / K) log c for each unit of input: an input of L1 norm K counts the
        prior once. With a balance above 0 it shall count less, as rare actions are not meant to
        be thought unlikely. But the less of a text is known, the less its norm, and the more
        the prior speaks: a text of which nothing is known gets the prior itself [D].

        Args:
            norm: (n,), L1 norms of the inputs.

        Returns:
            (n, hidden), to be added to the logits.
        """
        return self._prior(norm, log_share(self.per_target))

    def leave_one_out(
        self, dense: Floats, grams: SparseRows, labels: Ints, weights: Floats
    ) -> Floats:
        """What to add to the hidden logits of counted exchanges so that none counts for itself.

        The closed form knows the examples it was counted from; judged by them it looks better
        than it is, and a polish that starts from there sees nothing left to learn. Because F is
        a sum, the closed form without exchange n is F minus one outer product [D].

        Args: as in :meth:`add_all`, exchanges that were counted.

        Returns:
            (n, hidden): x_n . (P without n) - x_n . P, the prior without n included.
        """
        own = self.labels[labels] * weights[:, None]
        norm = l1_norm(dense, grams)
        share = log_share(np.maximum(self.per_target - own * norm[:, None], 0))
        without = np.maximum(self.dense.mass() - dense[:, :, None] * own[:, None, :], 0)
        difference = self._weights(without, share[:, None, :]) - self.dense_weights()
        correction = np.einsum("nd,ndh->nh", dense, difference)
        row = grams.row_of_entry
        mass = self.grams.mass(grams.columns)
        without = np.maximum(mass - grams.values[:, None] * own[row], 0)
        known = slice(int(grams.columns.max(initial=-1)) + 1)
        difference = self._weights(without, share[row]) - self.gram_weights(known)[grams.columns]
        correction += grams.row_sums(grams.values[:, None] * difference)
        return np.asarray(correction + self._prior(norm, share))

    def _prior(self, norm: Floats, share: Floats) -> Floats:
        known = norm[:, None] / self.features
        wanted = np.maximum(1 - known, np.maximum(0, 1 - self.settings.balance))
        held = self.settings.temper * known
        return np.asarray((wanted - held) * share)

    def _weights(self, mass: Floats, share: Floats) -> Floats:
        smoothing = Smoothing(self.settings.shrinkage, self.settings.doubt)
        return self.settings.temper * closed_form_given(mass, share, self.features, smoothing)


def l1_norm(dense: Floats, grams: SparseRows) -> Floats:
    """(n,), the L1 norms of the hidden layer's inputs."""
    return np.asarray(dense.sum(axis=1) + grams.row_sums(grams.values[:, None])[:, 0])
