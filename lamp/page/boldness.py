"""What boldness costs, in words: the table that docs/configuration.md has, measured there."""

from __future__ import annotations

from typing import NamedTuple


class Price(NamedTuple):
    """A simulated home's first hour: 90 commands and 240 other sentences."""

    boldness: float
    flips: float  # by hand
    false_actions: float


PRICES = (
    Price(0.1, 12.5, 0.5),
    Price(0.2, 8.7, 0.9),
    Price(0.3, 8.1, 1.5),
    Price(0.4, 9.1, 2.8),
    Price(0.5, 11.1, 3.9),
)


def in_words(boldness: float) -> str:
    """When a lamp of this boldness acts, and what that cost where it was measured."""
    if boldness <= 0:
        return "It never acts by itself."
    near = min(PRICES, key=lambda price: abs(price.boldness - boldness))
    return (
        f"It acts when it is more than {1 - boldness:.0%} sure. In a simulated home's first hour,"
        f" with 90 commands and 240 other sentences, a lamp of boldness {near.boldness:g} needed"
        f" about {near.flips:.0f} flips by hand and changed the light unasked"
        f" {near.false_actions:g} times."
    )
