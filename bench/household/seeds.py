"""Seeds as they are written on a command line."""

from __future__ import annotations


def seeds_of(text: str) -> list[int]:
    """``0-3,7`` is 0, 1, 2, 3, 7."""
    spans = (span.partition("-") for span in text.split(","))
    return [seed for first, _, last in spans for seed in range(int(first), int(last or first) + 1)]
