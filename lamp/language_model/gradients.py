"""The gradient of the loss with respect to every weight, by hand [T].

The loss is sum_n weight_n * -log p_n[label_n]. Backwards through the network:

    d = p - y;  gO = H^T d;  dH = d O^T;  dz = H * (dH - <H, dH>)
    gU = x^T dz;  dx = dz U^T
    da = X dh;  dl = a * (da - <a, da>);  gW = q^T dl

The embeddings stay frozen unless their gradient is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .arrays import Floats
from .attention import Attended, gradient_of_logits, gradient_of_vectors, gradient_of_weights
from .contexts import SameLength
from .network import BLOCK_PIVOT, RADIAL_PIVOT, Batch, Pass, Weights
from .softmax import through_softmax


def loss(answers: Floats, targets: Floats, importance: Floats) -> float:
    """sum_n importance_n * cross-entropy_n, in nats.

    Args:
        answers, targets: of the output layer (n, actions) or of the hidden layer (n, hidden).
        importance: (n,).
    """
    return float(-(importance[:, None] * targets * np.log(np.maximum(answers, 1e-300))).sum())


def gradients(
    weights: Weights,
    batch: Batch,
    done: Pass,
    targets: Floats,
    importance: Floats,
    attention_too: bool = True,
    embeddings_too: bool = False,
) -> Weights:
    """d loss / d weights, in the shape of the weights.

    Args:
        done: what :func:`network.run` gave for ``weights`` and ``batch``.
        targets: (n, actions), rows sum to one.
        importance: (n,).
        attention_too: if not, the gradients of block and radial are left at zero.
        embeddings_too: if not, the gradient of the embeddings is left at zero.
    """
    answer = (done.answer - targets) * importance[:, None]
    hidden = through_softmax(done.hidden, answer @ weights.output.T)
    below = below_hidden(weights, batch, done, hidden, attention_too, embeddings_too)
    return below._replace(output=done.hidden.T @ answer)


def below_hidden(
    weights: Weights,
    batch: Batch,
    done: Pass,
    hidden: Floats,
    attention_too: bool = True,
    embeddings_too: bool = False,
) -> Weights:
    """From dz, (n, hidden), down; the gradient of the output layer is zero.

    Judged by its own targets t, the hidden layer has dz = importance * (H - t).
    """
    dense = hidden @ weights.dense.T
    width = weights.embeddings.shape[1]
    embeddings = np.zeros_like(weights.embeddings)
    attention = []
    contexts = (
        (batch.block, done.block, weights.block, BLOCK_PIVOT, dense[:, :width]),
        (batch.radial, done.radial, weights.radial, RADIAL_PIVOT, dense[:, width : 2 * width]),
    )
    for groups, attended, matrix, pivot, upwards in contexts:
        if not attention_too:
            attention.append(np.zeros_like(matrix))
            continue
        into = embeddings if embeddings_too else None
        attention.append(_through_attention(groups, attended, matrix, pivot, upwards, into))
    if embeddings_too:
        embeddings += batch.document.transposed_times(dense[:, 2 * width :], len(embeddings))
    return Weights(
        embeddings=embeddings,
        block=attention[0],
        radial=attention[1],
        dense=done.dense.T @ hidden,
        grams=batch.grams.transposed_times(hidden, len(weights.grams)),
        output=np.zeros_like(weights.output),
    )


def _through_attention(
    groups: Sequence[SameLength],
    attended: Sequence[Attended],
    matrix: Floats,
    pivot: int,
    upwards: Floats,
    embeddings: Floats | None,
) -> Floats:
    """gW of one context; adds to the gradient of the embeddings in place if it is given."""
    gradient = np.zeros_like(matrix)
    for group, done in zip(groups, attended, strict=True):
        length = group.tokens.shape[1]
        output = upwards[group.rows]
        logits = gradient_of_logits(done, output)
        gradient[:length, :length] += gradient_of_weights(done, logits)
        if embeddings is not None:
            vectors = gradient_of_vectors(done, matrix, output, logits, pivot)
            np.add.at(embeddings, group.tokens, vectors)
    return gradient
