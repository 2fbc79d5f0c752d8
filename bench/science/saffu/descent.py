"""Phases 2 and 3: steps by the gradient, first with W, U and O, then with the embeddings [T].

The loss is the mean surprise at the next token. By hand, with d = p - y:

    gO = H^T d;  dz = H * (dH - <H, dH>), dH = d O^T;  gU = x^T dz;  dh = dz U^T
    da = X dh;  dl = a * (da - <a, da>);  gW = q^T dl
    gE: through the vectors and both sides of q (phase 3; the document is taken as it stands)

Phase 2 looks every comparison up. Phase 3 moves E by the exponentiated gradient, which keeps rows
non-negative and of their norm, and makes the table of comparisons anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from bench.science.saffu.contexts import Singles
from bench.science.saffu.network import (
    Attended,
    Pass,
    Reader,
    Reading,
    Weights,
    forward,
    softmax,
)
from lamp.language_model.arrays import Ints

BATCH = 256
RATE, LAST_SHARE = 0.03, 0.02  # of Adam; the last steps are this share of the first
MISREAD = 0.2  # share of the tokens that are read as others
EMBEDDING_RATE = 0.05  # the largest step, as a share of a number


def gradient(
    weights: Weights, reader: Reader, batch: Reading, done: Pass, attending: bool = True
) -> tuple[Weights, Singles]:
    """The mean loss's slope by all weights, and dh of both contexts, (2, n, w).

    Args:
        done: what :func:`forward` gave; its logits are overwritten.
        attending: whether W is asked; if not, its gradient is zero.
    """
    answer = softmax(done.logits)
    answer[np.arange(len(answer)), batch.targets] -= 1
    answer /= len(answer)
    hidden = _through_softmax(done.hidden, answer @ weights.output.T)
    width = reader.sizes.width
    above = np.stack([hidden @ part.T for part in np.split(weights.hidden[: 2 * width], 2)])
    slopes = [np.zeros_like(each) for each in weights[:2]]
    if attending:
        for which, part in enumerate((done.block, done.radial)):
            slopes[which] = part.compared.T @ logit_slope(part, above[which])
    return Weights(*slopes, done.inputs.T @ hidden, done.hidden.T @ answer), above


def logit_slope(done: Attended, above: Singles) -> Singles:
    """dl, (n, m), from dh."""
    return _through_softmax(done.attention, (done.vectors @ above[:, :, None])[:, :, 0])


def embedding_gradient(
    weights: Weights, reader: Reader, batch: Reading, done: Pass, above: Singles
) -> Singles:
    """gE, (V, w). The comparison of the pivot with itself is divided by itself and moves nothing.

    q = x_j . x_p / x_p . x_p, so dq/dx_j = x_p / s and dq/dx_p = (x_j - 2 q x_p) / s.
    """
    total = np.zeros_like(reader.embeddings)
    pivots = reader.embeddings[batch.contexts.pivot]
    size = (pivots**2).sum(axis=1)[:, None]
    tokens = (batch.contexts.block, batch.contexts.radial)
    for which, part in enumerate((done.block, done.radial)):
        compared = logit_slope(part, above[which]) @ weights[which].T
        compared *= part.compared != 0  # tokens that are not there were set to zero
        vectors = part.attention[:, :, None] * above[which][:, None, :]
        vectors += compared[:, :, None] * (pivots / size)[:, None, :]
        weighted = (compared[:, None, :] @ part.vectors)[:, 0]
        own = (compared * part.compared).sum(axis=1)[:, None]
        _add_rows(total, tokens[which], vectors)
        _add_rows(total, batch.contexts.pivot, (weighted - 2 * own * pivots) / size)
    return total


def exponentiated(embeddings: Singles, slope: Singles, rate: float, parts: int) -> Singles:
    """E <- E exp(-rate g), each part of a row back to norm one."""
    moved = embeddings * np.exp(-np.clip(rate * slope, -1, 1))
    blocks = moved.reshape(len(moved), parts, -1)
    return np.asarray((blocks / blocks.sum(axis=2, keepdims=True)).reshape(moved.shape))


class Adam:
    """Kingma & Ba 2015, one step size for all four weights."""

    def __init__(self, like: Weights) -> None:
        self._mean = [np.zeros_like(each) for each in like]
        self._square = [np.zeros_like(each) for each in like]
        self._steps = 0

    def step(self, weights: Weights, slope: Weights, rate: float) -> None:
        """Moves ``weights`` in place."""
        self._steps += 1
        for which, down in enumerate(slope):
            mean, square = self._mean[which], self._square[which]
            mean += 0.1 * (down - mean)
            square += 0.01 * (down**2 - square)
            size = np.sqrt(square / (1 - 0.99**self._steps)) + 1e-8
            weights[which][:] -= rate / (1 - 0.9**self._steps) * mean / size


def descend(
    weights: Weights,
    reader: Reader,
    places: Ints,
    seconds: float,
    rng: np.random.Generator,
    rate: float = RATE,
    attending: bool = True,
    misread: float = MISREAD,
    clock: Callable[[], float] = time.process_time,
) -> Iterator[tuple[float, Weights]]:
    """Phase 2 under a deadline: the rate falls linearly with the seconds spent.

    Args:
        attending: whether W moves.
        misread: share of the tokens that are read as others, drawn anew every 50 steps. Without
            it the small text is known by heart within seconds, and worse told.

    Yields:
        Seconds spent and a copy of the weights, every 50 steps; the time that the caller takes in
        between does not count.
    """
    weights = _copy(weights)
    adam, spent = Adam(weights), 0.0
    while spent < seconds:
        began = clock()
        reader.misread(misread, reader.text[places], rng)
        for _ in range(50):
            batch = reader.at(places[rng.integers(0, len(places), BATCH)])
            done = forward(weights, reader, batch)
            slope, _ = gradient(weights, reader, batch, done, attending)
            left = rate * max(LAST_SHARE, 1 - spent / seconds)
            adam.step(weights, slope, left)
        spent += clock() - began
        reader.read_rightly()
        yield spent, _copy(weights)


def unfreeze(
    weights: Weights,
    reader: Reader,
    places: Ints,
    seconds: float,
    rng: np.random.Generator,
    rate: float,
    misread: float = MISREAD,
    clock: Callable[[], float] = time.process_time,
) -> Iterator[tuple[float, Weights]]:
    """Phase 3: as phase 2, and E moves with it; ``reader`` holds the new embeddings."""
    weights = _copy(weights)
    adam, spent, parts = Adam(weights), 0.0, 1 + len(reader.sizes.radii)
    while spent < seconds:
        began = clock()
        reader.misread(misread, reader.text[places], rng)
        for _ in range(10):
            batch = reader.at(places[rng.integers(0, len(places), BATCH)])
            done = forward(weights, reader, batch)
            slope, above = gradient(weights, reader, batch, done)
            moving = embedding_gradient(weights, reader, batch, done, above)
            left = max(LAST_SHARE, 1 - spent / seconds)
            adam.step(weights, slope, rate * left)
            scale = EMBEDDING_RATE * left / (np.abs(moving).max() + 1e-12)
            reader.move(exponentiated(reader.embeddings, moving, scale, parts))
        reader.refresh(reader.embeddings)
        reader.read_rightly()
        spent += clock() - began
        yield spent, _copy(weights)


def _copy(weights: Weights) -> Weights:
    return Weights(*(each.copy() for each in weights))


def _through_softmax(output: Singles, slope: Singles) -> Singles:
    return output * (slope - (output * slope).sum(axis=-1, keepdims=True))


def _add_rows(total: Singles, tokens: Ints, rows: Singles) -> None:
    np.add.at(total, tokens.ravel(), rows.reshape(-1, rows.shape[-1]))
