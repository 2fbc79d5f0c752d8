"""Batches by length with the leading submatrix of W, against padding to the longest."""

from __future__ import annotations

import numpy as np

from bench.science.attention_cost import milliseconds
from bench.science.network import attend_groups, in_order
from bench.science.report import Section, draw
from lamp.language_model.arrays import Floats, Ints, softmax
from lamp.language_model.contexts import by_length, comparison_cache
from lamp.language_model.embeddings import cipher_rows

BLOCKS = (8, 16, 32, 64, 128)
VOCABULARY, BITS, CONTEXTS, TYPICAL = 255, 24, 512, 6.0


def spoken(block: int, rng: np.random.Generator) -> list[Ints]:
    """Contexts as long as utterances are: most of a few tokens, a few as long as the block."""
    lengths = np.minimum(block, 1 + rng.geometric(1 / TYPICAL, CONTEXTS))
    lengths[:4] = block
    return [rng.integers(0, VOCABULARY, length) for length in lengths]


def padded(sequences: list[Ints], weights: Floats, embeddings: Floats, cache: Floats) -> Floats:
    """Attention the usual way: every context filled up at its end to the longest, and masked."""
    longest = max(len(each) for each in sequences)
    tokens = np.zeros((len(sequences), longest), dtype=np.int64)
    there = np.zeros(tokens.shape, dtype=bool)
    for row, each in enumerate(sequences):
        tokens[row, : len(each)] = each
        there[row, : len(each)] = True
    pivots = tokens[np.arange(len(tokens)), there.sum(axis=1) - 1]
    compared = np.where(there, cache[tokens, pivots[:, None]], 0)
    logits = np.where(there, compared @ weights[:longest, :longest], -np.inf)
    return np.asarray(np.einsum("gmd,gm->gd", embeddings[tokens], softmax(logits)))


def grouped(sequences: list[Ints], weights: Floats, embeddings: Floats, cache: Floats) -> Floats:
    """Attention as the model does it."""
    groups = by_length(sequences)
    done = attend_groups(groups, weights, embeddings, -1, cache)
    return in_order(groups, done, embeddings.shape[1])


def run() -> Section:
    """Time and waste as the block grows; both ways give the same numbers, or it stops."""
    embeddings = cipher_rows(VOCABULARY, BITS)
    cache = comparison_cache(embeddings)
    rng = np.random.default_rng(0)
    table: list[list[float]] = []
    for block in BLOCKS:
        sequences, weights = spoken(block, rng), rng.normal(size=(block, block))
        given = sequences, weights, embeddings, cache
        if not np.allclose(padded(*given), grouped(*given)):
            raise ArithmeticError("padded and grouped attention differ")
        cells = sum(len(each) for each in sequences)
        waste = 1 - cells / (len(sequences) * block)
        slow, fast = (
            milliseconds(lambda g=given: padded(*g)),
            milliseconds(lambda g=given: grouped(*g)),
        )
        table.append([block, waste, fast, slow, slow / fast])
    curves = [
        ("by length", BLOCKS, [row[2] for row in table]),
        ("padded", BLOCKS, [row[3] for row in table]),
    ]
    return Section(
        "lengths",
        "Dynamic context length",
        "A context shorter than the block uses the leading submatrix of W; batches are made by "
        "length, so nothing is padded and a larger block costs short contexts nothing.",
        f"{CONTEXTS} contexts of about {TYPICAL:.0f} tokens, a few as long as the block. At a "
        f"block of {BLOCKS[-1]}, {table[-1][1]:.0%} of a padded batch is filling, and padding "
        f"takes {table[-1][4]:.1f} times as long; at {BLOCKS[0]} it takes {table[0][4]:.1f} times "
        "as long. Both give the same answers.",
        ["block", "share of padding", "by length, ms", "padded, ms", "padded / by length"],
        table,
        [draw("lengths", curves, "tokens in the block", f"ms for {CONTEXTS} contexts", "xy")],
    )
