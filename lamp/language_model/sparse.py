"""Rows with few non-zero entries, and the two products a softmax layer needs of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .arrays import Floats, Ints


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

    @cached_property
    def row_of_entry(self) -> Ints:
        """(entries,), the row each entry stands in."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def squared(self) -> SparseRows:
        """The same entries, each squared."""
        return SparseRows(self.columns, self.values**2, self.starts)

    @cached_property
    def _by_column(self) -> tuple[Ints, Ints, Ints]:
        """Entries sorted by column; the columns there are, and where the entries of each begin."""
        columns = self.columns.astype(np.uint16) if self._few_columns else self.columns
        order = np.argsort(columns, kind="stable")  # of 16 bits: by radix, in linear time
        present, begins = np.unique(self.columns[order], return_index=True)
        return order, present, begins

    @cached_property
    def _sorted(self) -> tuple[Ints, Floats]:
        """The row and the value of each entry, sorted by column."""
        order = self._by_column[0]
        return self.row_of_entry[order], self.values[order]

    @property
    def _few_columns(self) -> bool:
        return int(self.columns.max(initial=0)) < 2**16

    def row_sums(self, entries: Floats) -> Floats:
        """(rows, width): the sum of ``entries`` (entries, width) over each row."""
        return self._sum_rows(entries.T)

    def times(self, matrix: Floats) -> Floats:
        """This matrix @ ``matrix`` (columns, width): (rows, width)."""
        return self._sum_rows([each[self.columns] * self.values for each in _contiguous(matrix)])

    def transposed_times(self, matrix: Floats, columns: int) -> Floats:
        """This matrix transposed @ ``matrix`` (rows, width): (columns, width)."""
        rows, values = self._sorted
        _, present, begins = self._by_column
        sums = np.zeros((columns, matrix.shape[1]))
        for place, each in enumerate(_contiguous(matrix)):
            if len(begins):
                sums[present, place] = np.add.reduceat(each[rows] * values, begins)
        return sums

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


def _contiguous(matrix: Floats) -> Floats:
    """The columns of a matrix, each in one piece of memory."""
    return np.ascontiguousarray(matrix.T)
