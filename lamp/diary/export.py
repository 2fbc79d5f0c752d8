"""All of a diary as JSON, for its owner to take along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import msgspec

from lamp.diary.reader import DiaryReader


def lines(diary: DiaryReader) -> Iterator[str]:
    """Every exchange with its label, one JSON object a line, in the order they were said.

    ``wall`` is when it was written down, ISO 8601; ``started`` and ``ended`` are s since the
    machine's last start.
    """
    for exchange, wall in diary.all_dated():
        yield msgspec.json.encode({"wall": wall} | asdict(exchange)).decode()
