"""A standard decoder-only transformer in numpy, gradients by hand: the other side's champion.

One or more layers of causal multi-head attention and a GELU network, layer norm before each
(Radford et al. 2019), learned positions, output tied to the token embeddings, random weights, Adam.
It is here to be compared with and to be read; it is not fast.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.science.network import through_softmax
from lamp.language_model.arrays import Floats, Ints, softmax

Parameters = dict[str, Floats]
_EPSILON = 1e-5


@dataclass(frozen=True)
class Sizes:
    """vocabulary: tokens. places: longest context. width: of an embedding."""

    vocabulary: int
    places: int
    width: int
    heads: int = 4
    layers: int = 1


def random_weights(sizes: Sizes, rng: np.random.Generator) -> Parameters:
    """Normal with standard deviation 0.02, as usual; layer norms at one."""
    wide, normal = sizes.width, lambda *shape: rng.normal(0, 0.02, shape)
    weights = {"tokens": normal(sizes.vocabulary, wide), "places": normal(sizes.places, wide)}
    for layer in range(sizes.layers):
        weights |= {
            f"{layer}.norm1": np.ones(wide),
            f"{layer}.qkv": normal(wide, 3 * wide),
            f"{layer}.mix": normal(wide, wide),
            f"{layer}.norm2": np.ones(wide),
            f"{layer}.up": normal(wide, 4 * wide),
            f"{layer}.down": normal(4 * wide, wide),
        }
    return weights | {"norm": np.ones(wide)}


def loss_and_gradient(
    weights: Parameters, sizes: Sizes, tokens: Ints, targets: Ints, counts: NDArray[np.bool_]
) -> tuple[float, Parameters]:
    """Mean cross-entropy over the places that count, in nats, and its gradient.

    Args:
        tokens, targets: (batch, time), at each place the token and the one that should follow.
        counts: (batch, time), which places are judged.
    """
    gradient = {name: np.zeros_like(each) for name, each in weights.items()}
    hidden, saved = _through_layers(weights, sizes, tokens)
    normed, back = _norm(hidden, weights["norm"])
    answers = softmax(normed[counts] @ weights["tokens"].T)
    right = np.arange(len(answers)), targets[counts]
    loss = float(-np.log(np.maximum(answers[right], 1e-300)).mean())
    answers[right] -= 1
    answers /= len(answers)
    gradient["tokens"] += answers.T @ normed[counts]
    slope = np.zeros_like(hidden)
    slope[counts] = answers @ weights["tokens"]
    slope, gradient["norm"] = back(slope)
    for layer in reversed(range(sizes.layers)):
        slope = _backwards(weights, sizes, layer, slope, saved[layer], gradient)
    np.add.at(gradient["tokens"], tokens, slope)
    gradient["places"][: tokens.shape[1]] += slope.sum(axis=0)
    return loss, gradient


def logits(weights: Parameters, sizes: Sizes, tokens: Ints) -> Floats:
    """What follows at each place: (batch, time, vocabulary)."""
    hidden, _ = _through_layers(weights, sizes, tokens)
    return np.asarray(_norm(hidden, weights["norm"])[0] @ weights["tokens"].T)


@dataclass
class Adam:
    """Adam (Kingma & Ba 2015): steps scaled by running moments of the gradient."""

    rate: float
    moments: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)
    steps: int = 0

    def step(self, weights: Parameters, gradient: Parameters, share: float = 1.0) -> None:
        """Move ``weights`` in place; ``share`` scales the rate."""
        self.steps += 1
        for name, slope in gradient.items():
            mean, square = self.moments.setdefault(
                name, (np.zeros_like(slope), np.zeros_like(slope))
            )
            mean += 0.1 * (slope - mean)
            square += 0.02 * (slope**2 - square)
            size = np.sqrt(square / (1 - 0.98**self.steps)) + 1e-8
            weights[name] -= share * self.rate * mean / (1 - 0.9**self.steps) / size


def _through_layers(weights: Parameters, sizes: Sizes, tokens: Ints) -> tuple[Floats, list[tuple]]:
    hidden = weights["tokens"][tokens] + weights["places"][: tokens.shape[1]]
    saved = []
    for layer in range(sizes.layers):
        hidden, kept = _forwards(weights, sizes, layer, hidden)
        saved.append(kept)
    return hidden, saved


def _forwards(weights: Parameters, sizes: Sizes, layer: int, x: Floats) -> tuple[Floats, tuple]:
    batch, time, wide = x.shape
    normed, back1 = _norm(x, weights[f"{layer}.norm1"])
    qkv = (normed @ weights[f"{layer}.qkv"]).reshape(batch, time, 3, sizes.heads, -1)
    query, key, value = (qkv[:, :, each].swapaxes(1, 2) for each in range(3))
    scores = query @ key.swapaxes(2, 3) / np.sqrt(wide // sizes.heads)
    scores = np.where(np.tri(time, dtype=bool), scores, -np.inf)
    attention = softmax(scores)
    mixed = (attention @ value).swapaxes(1, 2).reshape(batch, time, wide)
    x = x + mixed @ weights[f"{layer}.mix"]
    normed2, back2 = _norm(x, weights[f"{layer}.norm2"])
    up = normed2 @ weights[f"{layer}.up"]
    active = _gelu(up)
    kept = normed, back1, query, key, value, attention, mixed, normed2, back2, up, active
    return x + active @ weights[f"{layer}.down"], kept


def _backwards(
    weights: Parameters, sizes: Sizes, layer: int, slope: Floats, kept: tuple, into: Parameters
) -> Floats:
    normed, back1, query, key, value, attention, mixed, normed2, back2, up, active = kept
    batch, time, wide = slope.shape
    into[f"{layer}.down"] += _outer(active, slope)
    climb = (slope @ weights[f"{layer}.down"].T) * _gelu_slope(up)
    into[f"{layer}.up"] += _outer(normed2, climb)
    below, into[f"{layer}.norm2"] = back2(climb @ weights[f"{layer}.up"].T)
    slope = slope + below
    into[f"{layer}.mix"] += _outer(mixed, slope)
    d_mixed = (slope @ weights[f"{layer}.mix"].T).reshape(batch, time, sizes.heads, -1)
    d_mixed = d_mixed.swapaxes(1, 2)
    d_scores = through_softmax(attention, d_mixed @ value.swapaxes(2, 3))
    d_scores /= np.sqrt(wide // sizes.heads)
    d_query, d_key = d_scores @ key, d_scores.swapaxes(2, 3) @ query
    d_value = attention.swapaxes(2, 3) @ d_mixed
    d_qkv = np.stack([each.swapaxes(1, 2) for each in (d_query, d_key, d_value)], axis=2)
    d_qkv = d_qkv.reshape(batch, time, 3 * wide)
    into[f"{layer}.qkv"] += _outer(normed, d_qkv)
    below, into[f"{layer}.norm1"] = back1(d_qkv @ weights[f"{layer}.qkv"].T)
    return slope + below


def _outer(inputs: Floats, slope: Floats) -> Floats:
    return np.asarray(inputs.reshape(-1, inputs.shape[-1]).T @ slope.reshape(-1, slope.shape[-1]))


def _norm(x: Floats, scale: Floats):
    """Layer norm without bias, and the way back: from a slope to those of ``x`` and ``scale``."""
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
    unit = centred / spread

    def back(slope: Floats) -> tuple[Floats, Floats]:
        inner = slope * scale
        mean = inner.mean(axis=-1, keepdims=True)
        along = (inner * unit).mean(axis=-1, keepdims=True)
        return (inner - mean - unit * along) / spread, (slope * unit).sum(axis=(0, 1))

    return unit * scale, back


def _gelu(x: Floats) -> Floats:
    return np.asarray(x / (1 + np.exp(-1.702 * x)))


def _gelu_slope(x: Floats) -> Floats:
    gate = 1 / (1 + np.exp(-1.702 * x))
    return np.asarray(gate * (1 + 1.702 * x * (1 - gate)))
