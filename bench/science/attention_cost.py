"""What the cache of comparisons saves as the block grows."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from bench.science.network import comparisons
from bench.science.report import Section, draw
from lamp.language_model.contexts import cached_comparisons, comparison_cache
from lamp.language_model.embeddings import cipher_rows

BLOCKS = (4, 8, 16, 32, 64, 128)
VOCABULARY, BITS, CONTEXTS = 255, 24, 64


def milliseconds(work: Callable[[], object]) -> float:
    """The fastest of seven runs."""
    best = float("inf")
    for _ in range(7):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best * 1000


def run() -> Section:
    """Cached, the fair alternative (only the pivot's row), and all pairs."""
    embeddings = cipher_rows(VOCABULARY, BITS)
    cache = comparison_cache(embeddings)
    rng = np.random.default_rng(0)
    table = []
    for block in BLOCKS:
        tokens = rng.integers(0, VOCABULARY, (CONTEXTS, block))

        def looked_up(tokens: np.ndarray = tokens) -> object:
            return cached_comparisons(cache, tokens, -1)

        def computed(tokens: np.ndarray = tokens) -> object:
            return comparisons(embeddings[tokens], -1)

        def all_pairs(tokens: np.ndarray = tokens) -> object:
            vectors = embeddings[tokens]
            return vectors @ vectors.transpose(0, 2, 1)

        times = [milliseconds(work) for work in (looked_up, computed, all_pairs)]
        table.append([block, *times, times[1] / times[0], times[2] / times[0]])
    curves = [
        (name, BLOCKS, [row[column] for row in table])
        for column, name in ((1, "from the cache"), (2, "pivot's row, computed"), (3, "all pairs"))
    ]
    return Section(
        "attention_cost",
        "Cached comparisons",
        "With frozen embeddings the comparisons of self-attention are looked up, so that cost "
        "grows linearly with the block instead of quadratically.",
        f"At a block of {BLOCKS[-1]} the cache is {table[-1][5]:.0f} times faster than all pairs "
        "(what ordinary self-attention computes). The fair alternative computes only the row of "
        f"the pivot, is linear too, and is {table[-1][4]:.1f} times slower than the cache.",
        ["block", "cached, ms", "pivot's row, ms", "all pairs, ms", "row / cached", "all / cached"],
        table,
        [draw("attention_cost", curves, "tokens in the block", "ms for 64 contexts", "xy")],
    )
