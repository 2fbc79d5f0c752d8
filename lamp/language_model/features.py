"""What the hidden layer reads of an exchange: dense context vectors and sparse n-grams.

Everything above works on :class:`Features`, n exchanges at once, and knows nothing of letters. A
layer's weights have the same two parts. Two exchanges with two dense numbers each; the first has
n-gram 0, the second n-grams 0 and 2:

>>> row = lambda *columns: (np.array(columns), np.full(len(columns), 0.5))
>>> features = Features(np.array([[1.0, 0.0], [0.5, 0.5]]), SparseRows.stack([row(0), row(0, 2)]))
>>> features.l1_norm().tolist()
[1.5, 2.0]
>>> weights = Layer(np.array([[1.0], [3.0]]), np.array([[10.0], [20.0], [30.0]]))
>>> features.times(weights).tolist()  # 1 + 0.5 * 10;  0.5 * 1 + 0.5 * 3 + 0.5 * (10 + 30)
[[6.0], [22.0]]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints, softmax


@dataclass(frozen=True)
class SparseRows:
    """A matrix of which only the non-zero entries are kept, row after row.

    columns: (entries,), the column of each entry.
    values: (entries,).
    starts: (rows + 1,), where each row's entries begin; the last is the number of entries.
    """

    columns: Ints
    values: Floats
    starts: Ints

    @classmethod
    def stack(cls, rows: Sequence[tuple[Ints, Floats]]) -> SparseRows:
        """From (columns, values) of each row."""
        sizes = [len(columns) for columns, _ in rows]
        return cls(
            np.concatenate([columns for columns, _ in rows] or [np.zeros(0, np.int64)]),
            np.concatenate([values for _, values in rows] or [np.zeros(0)]),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        )

    def part(self, begin: int, end: int) -> SparseRows:
        """The rows ``begin``..``end`` - 1."""
        starts = self.starts[begin : end + 1]
        entries = slice(int(starts[0]), int(starts[-1]))
        return SparseRows(self.columns[entries], self.values[entries], starts - starts[0])

    @cached_property
    def row_of_entry(self) -> Ints:
        """(entries,), the row each entry stands in."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def row_sums(self, entries: Floats) -> Floats:
        """(rows, width): the sum of ``entries`` (entries, width) over each row."""
        return self._sum_rows(entries.T)

    def times(self, matrix: Floats) -> Floats:
        """This matrix @ ``matrix`` (columns, width): (rows, width)."""
        return self._sum_rows(column[self.columns] * self.values for column in _columns(matrix))

    def transposed_times(self, matrix: Floats, columns: int, power: int = 1) -> Floats:
        """This matrix transposed, each entry to a power, @ ``matrix``: (columns, width).

        Args:
            matrix: (rows, width).
        """
        rows, values, present, begins = self._by_column
        values = values**power if power > 1 else values
        sums = np.zeros((columns, matrix.shape[1]))
        for index, column in enumerate(_columns(matrix)):
            if len(begins):
                sums[present, index] = np.add.reduceat(column[rows] * values, begins)
        return sums

    @cached_property
    def _by_column(self) -> tuple[Ints, Floats, Ints, Ints]:
        """Row and value of each entry, sorted by column; what columns there are, and where the
        entries of each begin."""
        few = int(self.columns.max(initial=0)) < 2**16
        columns = self.columns.astype(np.uint16) if few else self.columns
        order = np.argsort(columns, kind="stable")  # of 16 bits: by radix, in linear time
        present, begins = np.unique(self.columns[order], return_index=True)
        return self.row_of_entry[order], self.values[order], present, begins

    def _sum_rows(self, columns: Iterable[Floats]) -> Floats:
        """(rows, width) from the entries of each column; reduceat cannot sum an empty row."""
        filled = np.flatnonzero(np.diff(self.starts))
        begins = self.starts[filled]
        sums = []
        for entries in columns:
            column = np.zeros(len(self.starts) - 1)
            if len(filled):
                column[filled] = np.add.reduceat(entries, begins)
            sums.append(column)
        return np.stack(sums, axis=1)


class Layer(NamedTuple):
    """A matrix over features: the hidden layer's U, a difference from it, or a gradient.

    dense: (3 w, units), for the context vectors.
    grams: (n-grams, units).
    """

    dense: Floats
    grams: Floats

    def zeros_like(self) -> Layer:
        """Zeros of the same shape."""
        return Layer(np.zeros_like(self.dense), np.zeros_like(self.grams))

    def plus(self, other: Layer) -> Layer:
        """The sum of both."""
        return Layer(self.dense + other.dense, self.grams + other.grams)


class Features(NamedTuple):
    """Inputs of the hidden layer for n exchanges.

    dense: [h_block | h_radial | h_document], (n, 3 w).
    grams: (n, n-grams), values 0..1.
    """

    dense: Floats
    grams: SparseRows

    def part(self, begin: int, end: int) -> Features:
        """Exchanges ``begin``..``end`` - 1."""
        return Features(self.dense[begin:end], self.grams.part(begin, end))

    def times(self, layer: Layer) -> Floats:
        """x^T U: (n, units)."""
        return np.asarray(self.dense @ layer.dense + self.grams.times(layer.grams))

    def transposed_times(self, slope: Floats, grams: int, power: int = 1) -> Layer:
        """x^power slope^T, summed over the exchanges; of ``grams`` n-grams."""
        dense = self.dense**power if power > 1 else self.dense
        return Layer(dense.T @ slope, self.grams.transposed_times(slope, grams, power))

    def l1_norm(self) -> Floats:
        """(n,), the sum of each exchange's inputs, none of which is negative."""
        grams = self.grams.row_sums(self.grams.values[:, None])[:, 0]
        return np.asarray(self.dense.sum(axis=1) + grams)


def forward(
    features: Features, hidden: Layer, output: Floats, offset: Floats | float = 0.0
) -> Floats:
    """p = softmax(O^T H) with H = softmax(U^T x): (n, actions).

    Args:
        hidden: U.
        output: O, (units, actions).
        offset: added to the logits of H, (n, units).
    """
    return softmax(softmax(features.times(hidden) + offset) @ output)


def _columns(matrix: Floats) -> Floats:
    """The columns of a matrix, each in one piece of memory."""
    return np.ascontiguousarray(matrix.T)
