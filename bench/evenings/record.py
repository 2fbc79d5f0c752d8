"""What a lamp wrote down of an evening, read while its diary is still there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lamp.diary.exchange import Exchange
from lamp.diary.reader import FlipEntry
from lamp.diary.writer import Diary


@dataclass(frozen=True)
class Record:
    """Everything in a diary, in the order it happened."""

    exchanges: Sequence[Exchange] = ()
    flips: Sequence[FlipEntry] = ()


def read(diary: Path) -> Record:
    """The diary at ``diary``; its lamp may go on writing."""
    reader = Diary.open(diary, read_only=True)
    try:
        return Record(list(reader.all_exchanges()), reader.flips(1_000_000))
    finally:
        reader.close()
