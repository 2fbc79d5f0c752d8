"""Phase 1: all weights from counts, and what the hidden targets are [D].

The talk's closed form of a softmax layer needs inputs x >= 0 and targets y. U has targets (the
label cipher of the next token), and O has targets (the token), but W has none: no text says which
token of a context should be attended to. This is what we derive; the paper's own derivation (arXiv
2311.07510) may be another.

**Hidden targets of W.** With v_j = U^T x_j and z what the other contexts say, the hidden layer is
H = softmax(z + sum_j a_j v_j). Let p_j = softmax(z + v_j): what token j alone would say. The
normalising sum of a geometric mean is at most one (Hoelder), so

    -log H(t)  <=  sum_j a_j (-log p_j(t)):

the surprise is at most the attention-weighted mean of what each token alone would have cost. The
bound is that of a mixture of experts, whose best attention after the fact is Bayes' rule:

    tau_j  ~  a_j p_j(t)                                              the hidden targets of W

and with tau given, W is a softmax layer with input q and targets tau, U one with input
h = X^T a and targets t: the talk's problem twice.

**From one layer's counts to the next round.** A softmax layer is at its optimum where each cell of
"what the text says" equals that of "what the layer says": sum x (x) y = sum x (x) p. The logarithm
of their ratio is the step towards it:

    P <- P + (1 / K) log(sum x (x) y / sum x (x) p)

which from P = 0 and K = 1 *is* the talk's closed form, and repeated is generalised iterative
scaling (Darroch & Ratcliff 1972): no rate, no gradient, no random number. So each layer starts by
the closed form and goes on by rounds of the same counting. Where attention is uniform, the tokens
of a context have the same U and nearly the same p_j; the ratio for W is close to one and the first
rounds are short. They are taken STRIDE at a time (over-relaxed, as EM may be).

**Targets of O.** O is counted on the label ciphers themselves, which are what the hidden layer is
meant to say, not on H, which at this point is a flat guess: log sum L[y] (x) y, K = 1. Counted on H
the closed form is worse than the unigram model, which is what the lamp's own layers did here.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.science.saffu.contexts import Singles
from bench.science.saffu.network import (
    Attended,
    Pass,
    Reader,
    Reading,
    Weights,
    forward,
    nothing_known,
    softmax,
)
from lamp.language_model.arrays import Floats, Ints
from lamp.language_model.closed_form import Smoothing, closed_form, log_share
from lamp.language_model.embeddings import cipher_rows

ATTENTION_ROUNDS, OUTPUT_ROUNDS = 6, 12
STRIDE = 20.0  # rounds of W taken at once
SMOOTHING = Smoothing(0.02, 0.01)  # of U
BELIEF = 10.0  # tokens of the unigram model that every hidden unit has seen beforehand
RATIO_BELIEF = 3.0  # the same in both sums of a ratio for O
ATTENTION_BELIEF = 20.0  # tokens in both sums of a ratio for W
_CHUNK = 1000


def warm_start(
    reader: Reader,
    places: Ints,
    attention_rounds: int = ATTENTION_ROUNDS,
    output_rounds: int = OUTPUT_ROUNDS,
) -> Weights:
    """Phase 1: W, then U, then O, from the text at ``places``.

    Args:
        attention_rounds: 0 leaves attention uniform.
        output_rounds: 0 is the closed form of O without a round.
    """
    labels = label_ciphers(reader)
    weights = nothing_known(reader.sizes)
    weights = weights._replace(hidden=hidden_layer(weights, reader, places, labels))
    for _ in range(attention_rounds):
        weights = attention_round(weights, reader, places, labels)
        weights = weights._replace(hidden=hidden_layer(weights, reader, places, labels))
    weights = weights._replace(output=output_layer(reader, places, labels))
    for _ in range(output_rounds):
        weights = output_round(weights, reader, places)
    return weights


def label_ciphers(reader: Reader) -> Singles:
    """L, (V, hidden): the hidden layer's targets, the bit cipher of every token."""
    return cipher_rows(reader.sizes.vocabulary, reader.sizes.hidden).astype(np.float32)


def hidden_layer(weights: Weights, reader: Reader, places: Ints, labels: Singles) -> Singles:
    """U by the talk's closed form: F = sum h (x) L[y], K the mean norm of h."""
    mass = np.zeros(weights.hidden.shape)
    norm = 0.0
    for batch, done in _passes(weights, reader, places):
        mass += done.inputs.T @ labels[batch.targets]
        norm += float(done.inputs.sum())
    share = log_share(mass.sum(axis=0))
    return closed_form(mass, share, norm / len(places), SMOOTHING).astype(np.float32)


def attention_round(weights: Weights, reader: Reader, places: Ints, labels: Singles) -> Weights:
    """Both W by the ratio of wanted to given attention.

    Radial is asked first, beside the document; the block then what radial left unsaid. Asked
    alike, both would answer with the pivot.
    """
    width = reader.sizes.width
    parts = [weights.hidden[start * width : (start + 1) * width] for start in range(3)]
    wanted = [np.full(each.shape, ATTENTION_BELIEF) for each in weights[:2]]
    given = [np.full(each.shape, ATTENTION_BELIEF) for each in weights[:2]]
    for batch, done in _passes(weights, reader, places):
        target = labels[batch.targets]
        said = batch.documents @ parts[2]
        for which, part in ((1, done.radial), (0, done.block)):
            tau = hidden_targets(part, parts[which], said, target)
            wanted[which] += part.compared.T @ tau
            given[which] += part.compared.T @ part.attention
            said = said + part.output @ parts[which]
    moved = [
        (matrix + STRIDE * np.log(wish / has)).astype(np.float32)
        for matrix, wish, has in zip(weights[:2], wanted, given, strict=True)
    ]
    return weights._replace(block=moved[0], radial=moved[1])


def hidden_targets(done: Attended, values: Singles, said: Singles, target: Singles) -> Singles:
    """tau, (n, m): a_j times how likely the target would be by token j alone.

    Args:
        values: U of this context, (w, hidden).
        said: z, what the other contexts say, (n, hidden).
        target: t, (n, hidden).
    """
    alone = done.vectors @ values + said[:, None, :]
    alone -= alone.max(axis=2, keepdims=True)
    right = (alone @ target[:, :, None])[:, :, 0] - np.log(np.exp(alone).sum(axis=2))
    return softmax(np.log(np.maximum(done.attention, 1e-30)) + right)


def output_layer(reader: Reader, places: Ints, labels: Singles) -> Singles:
    """O = log sum L[y] (x) y, rows as shares; each unit believes the unigram model beforehand."""
    counts = np.bincount(reader.text[places], minlength=len(labels))
    mass = labels.T * counts + BELIEF * _frequency(counts)
    return np.log(mass / mass.sum(axis=1, keepdims=True)).astype(np.float32)


def output_round(weights: Weights, reader: Reader, places: Ints) -> Weights:
    """O + log(sum H (x) y / sum H (x) p)."""
    counts = np.bincount(reader.text[places], minlength=weights.output.shape[1])
    wanted = np.tile(RATIO_BELIEF * _frequency(counts), (len(weights.output), 1))
    given = wanted.copy()
    for batch, done in _passes(weights, reader, places):
        np.add.at(wanted.T, batch.targets, done.hidden)
        given += done.hidden.T @ softmax(done.logits)
    return weights._replace(output=weights.output + np.log(wanted / given).astype(np.float32))


def _frequency(counts: Ints) -> Floats:
    """The unigram model, no token without a share."""
    return np.asarray((counts + 1) / (counts + 1).sum())


def _passes(weights: Weights, reader: Reader, places: Ints) -> Iterator[tuple[Reading, Pass]]:
    """All places through the network, a thousand at a time."""
    for chunk in np.array_split(places, -(-len(places) // _CHUNK)):
        batch = reader.at(chunk)
        yield batch, forward(weights, reader, batch)
