"""Rows with few non-zero entries, and the two products a softmax layer needs of them."""

from __future__ import annotations

from collections.abc import Sequence
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

    def row_sums(self, entries: Floats) -> Floats:
        """(rows, width): the sum of ``entries`` (entries, width) over each row."""
        rows = len(self.starts) - 1
        sums = [np.bincount(self.row_of_entry, each, minlength=rows) for each in entries.T]
        return np.stack(sums, axis=1)

    def times(self, matrix: Floats) -> Floats:
        """This matrix @ ``matrix`` (columns, width): (rows, width)."""
        return self.row_sums(matrix[self.columns] * self.values[:, None])

    def transposed_times(self, matrix: Floats, columns: int) -> Floats:
        """This matrix transposed @ ``matrix`` (rows, width): (columns, width)."""
        spread = matrix[self.row_of_entry] * self.values[:, None]
        sums = [np.bincount(self.columns, each, minlength=columns) for each in spread.T]
        return np.stack(sums, axis=1)
