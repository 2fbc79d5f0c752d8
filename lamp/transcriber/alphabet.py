"""The symbols an acoustic model writes, from the hub's vocab.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SPECIAL = ("<pad>", "[PAD]", "<s>", "</s>", "<unk>", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@dataclass(frozen=True)
class Alphabet:
    """Symbol of every column of the model's output.

    Args:
        symbols: by column.
        blank: the column that means "nothing new".
        delimiter: the symbol written between words.
    """

    symbols: tuple[str, ...]
    blank: int
    delimiter: str = "|"

    def written(self, column: int) -> str:
        """What a column puts on paper: one symbol, a space, or nothing."""
        symbol = self.symbols[column]
        if column == self.blank or symbol in SPECIAL:
            return ""
        return " " if symbol == self.delimiter else symbol

    def spell(self, columns: Iterable[int]) -> str:
        """The text of ``columns`` (repeats already merged): spaces single, none at the ends."""
        return " ".join("".join(self.written(column) for column in columns).split())
