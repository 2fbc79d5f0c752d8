"""The whole network with every weight free to move: what the lamp keeps frozen is trained here.

    h_block, h_radial = attention over embeddings       h_document = mean embedding
    H = softmax(U^T [h_block | h_radial | h_document | n-grams])       targets: label ciphers
    p = softmax(O^T H)                                                 targets: actions

The forward pass is that of lamp.language_model, but comparisons may be computed instead of looked
up, because moving embeddings have no cache. The gradient of sum_n importance_n * cross-entropy_n,
by hand [T]:

    d = p - y;  gO = H^T d;  dH = d O^T;  dz = H * (dH - <H, dH>)
    gU = x^T dz;  dx = dz U^T
    da = X dh;  dl = a * (da - <a, da>);  gW = q^T dl;  dX through h and both sides of q
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lamp.language_model.arrays import Floats, softmax
from lamp.language_model.contexts import (
    BLOCK_PIVOT,
    RADIAL_PIVOT,
    Attended,
    SameLength,
    attend,
    by_length,
    cached_comparisons,
)
from lamp.language_model.encoder import Encoded, Encoder
from lamp.language_model.features import Layer, SparseRows
from lamp.language_model.fitting import FitResult


class Weights(NamedTuple):
    """All weights, or a gradient with respect to them. w is the width of an embedding.

    embeddings: E, (vocabulary, w).
    block: W of the block context, (b, b).
    radial: W of the radial context, (r, r).
    dense: U for [h_block | h_radial | h_document], (3 w, hidden).
    grams: U for the n-grams, (n-grams, hidden).
    output: O, (hidden, actions).
    """

    embeddings: Floats
    block: Floats
    radial: Floats
    dense: Floats
    grams: Floats
    output: Floats

    @classmethod
    def of(cls, encoder: Encoder, fitted: FitResult, hidden: Layer) -> Weights:
        """Of a fit, with U given."""
        return cls(encoder.embeddings, *fitted.attention, *hidden, fitted.output)


@dataclass(frozen=True)
class Batch:
    """Inputs of n exchanges.

    block, radial: contexts, grouped by length.
    document: (n, vocabulary), each row the share of every token.
    grams: (n, n-grams).
    """

    block: list[SameLength]
    radial: list[SameLength]
    document: SparseRows
    grams: SparseRows

    @classmethod
    def of(cls, encoded: Sequence[Encoded]) -> Batch:
        """From exchanges as the encoder gives them."""
        contexts = [exchange.contexts for exchange in encoded]
        documents = [
            (each.document, np.full(len(each.document), 1 / len(each.document)))
            for each in contexts
        ]
        return cls(
            by_length([each.block for each in contexts]),
            by_length([each.radial for each in contexts]),
            SparseRows.stack(documents),
            SparseRows.stack([exchange.grams for exchange in encoded]),
        )


@dataclass(frozen=True)
class Pass:
    """One run through the network, with all that the gradient needs.

    block, radial: attention per group of equal length.
    dense: [h_block | h_radial | h_document], (n, 3 w).
    hidden: H, (n, hidden).
    answer: p, (n, actions).
    """

    block: list[Attended]
    radial: list[Attended]
    dense: Floats
    hidden: Floats
    answer: Floats


def comparisons(vectors: Floats, pivot: int) -> Floats:
    """q by computation: (g, m) for ``vectors`` (g, m, width)."""
    return np.asarray(np.einsum("gmd,gd->gm", vectors, vectors[:, pivot]))


def attend_groups(
    groups: Sequence[SameLength],
    weights: Floats,
    embeddings: Floats,
    pivot: int,
    cache: Floats | None = None,
) -> list[Attended]:
    """Attention for every group, with comparisons from ``cache`` if there is one."""
    done = []
    for group in groups:
        vectors = embeddings[group.tokens]
        if cache is None:
            compared = comparisons(vectors, pivot)
        else:
            compared = cached_comparisons(cache, group.tokens, pivot)
        done.append(attend(weights, vectors, compared))
    return done


def in_order(groups: Sequence[SameLength], done: Sequence[Attended], width: int) -> Floats:
    """(n, width): the outputs of all groups, in the order of the batch."""
    output = np.empty((sum(len(group.rows) for group in groups), width))
    for group, attended in zip(groups, done, strict=True):
        output[group.rows] = attended.output
    return output


def forward(weights: Weights, batch: Batch, offset: Floats | float = 0.0) -> Pass:
    """All n exchanges through the network; ``offset`` is added to the hidden logits."""
    width = weights.embeddings.shape[1]
    near = attend_groups(batch.block, weights.block, weights.embeddings, BLOCK_PIVOT)
    around = attend_groups(batch.radial, weights.radial, weights.embeddings, RADIAL_PIVOT)
    parts = [
        in_order(batch.block, near, width),
        in_order(batch.radial, around, width),
        batch.document.times(weights.embeddings),
    ]
    dense = np.concatenate(parts, axis=1)
    hidden = softmax(dense @ weights.dense + batch.grams.times(weights.grams) + offset)
    return Pass(near, around, dense, hidden, softmax(hidden @ weights.output))


def loss(answers: Floats, targets: Floats, importance: Floats) -> float:
    """sum_n importance_n * cross-entropy_n, in nats.

    Args:
        answers, targets: of the output layer (n, actions) or of the hidden layer (n, hidden).
        importance: (n,).
    """
    return float(-(importance[:, None] * targets * np.log(np.maximum(answers, 1e-300))).sum())


def gradients(
    weights: Weights, batch: Batch, done: Pass, targets: Floats, importance: Floats
) -> Weights:
    """d loss / d weights, in the shape of the weights.

    Args:
        done: what :func:`forward` gave for ``weights`` and ``batch``.
        targets: (n, actions), rows sum to one.
        importance: (n,).
    """
    answer = (done.answer - targets) * importance[:, None]
    hidden = through_softmax(done.hidden, answer @ weights.output.T)
    return below_hidden(weights, batch, done, hidden)._replace(output=done.hidden.T @ answer)


def below_hidden(weights: Weights, batch: Batch, done: Pass, hidden: Floats) -> Weights:
    """From dz, (n, hidden), down; the gradient of the output layer is zero.

    Judged by its own targets t, the hidden layer has dz = importance * (H - t).
    """
    upwards = np.split(hidden @ weights.dense.T, 3, axis=1)
    embeddings = batch.document.transposed_times(upwards[2], len(weights.embeddings))
    block = _through_attention(
        batch.block, done.block, weights.block, BLOCK_PIVOT, upwards[0], embeddings
    )
    radial = _through_attention(
        batch.radial, done.radial, weights.radial, RADIAL_PIVOT, upwards[1], embeddings
    )
    return Weights(
        embeddings,
        block,
        radial,
        dense=done.dense.T @ hidden,
        grams=batch.grams.transposed_times(hidden, len(weights.grams)),
        output=np.zeros_like(weights.output),
    )


def through_softmax(output: Floats, gradient: Floats) -> Floats:
    """The gradient with respect to the logits, from that with respect to the softmax."""
    inner = (output * gradient).sum(axis=-1, keepdims=True)
    return np.asarray(output * (gradient - inner))


def _through_attention(
    groups: Sequence[SameLength],
    attended: Sequence[Attended],
    matrix: Floats,
    pivot: int,
    upwards: Floats,
    embeddings: Floats,
) -> Floats:
    """gW of one context; adds to the gradient of the embeddings in place."""
    gradient = np.zeros_like(matrix)
    for group, done in zip(groups, attended, strict=True):
        length = group.tokens.shape[1]
        output = upwards[group.rows]
        logits = through_softmax(done.attention, np.einsum("gmd,gd->gm", done.vectors, output))
        gradient[:length, :length] += done.compared.T @ logits
        compared = logits @ matrix[:length, :length].T
        vectors = done.attention[:, :, None] * output[:, None, :]
        vectors += compared[:, :, None] * done.vectors[:, pivot][:, None, :]
        vectors[:, pivot] += np.einsum("gm,gmd->gd", compared, done.vectors)
        np.add.at(embeddings, group.tokens, vectors)
    return gradient
