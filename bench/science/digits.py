"""The same layer on something that is not text: scikit-learn's bundled digits."""

from __future__ import annotations

from itertools import islice

import numpy as np
from sklearn.datasets import load_digits

from bench.science.report import Section, draw
from lamp.language_model import Settings
from lamp.language_model.arrays import Floats, Ints, softmax
from lamp.language_model.closed_form import Smoothing, closed_form, log_share, output_layer
from lamp.language_model.features import Features, Layer, SparseRows, forward
from lamp.language_model.fitting import score
from lamp.language_model.refine import Objective, refine

L2, STEPS = 0.01, 30
TRIED = (1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 48.0)


def split(skewed: bool) -> tuple[Floats, Ints, Floats, Ints]:
    """Training and test digits: Euclidean length one, pixel and its complement side by side."""
    data = load_digits()
    pixels = data.data / 16
    inputs = np.concatenate([pixels, 1 - pixels], axis=1)
    inputs /= np.sqrt((inputs**2).sum(axis=1, keepdims=True))
    labels = data.target.astype(np.int64)
    order = np.random.default_rng(1).permutation(len(labels))
    if skewed:
        rare = np.random.default_rng(2).random(len(labels)) < 0.08
        order = order[(labels[order] < 2) | rare[order]]
    cut = len(order) * 2 // 3
    train, test = order[:cut], order[cut:]
    return inputs[train], labels[train], inputs[test], labels[test]


def along_k(skewed: bool) -> tuple[list[float], float, list[float]]:
    """Cross-entropy for every K, the mean L1 norm, and accuracies."""
    inputs, labels, test, wanted = split(skewed)
    mass = inputs.T @ np.eye(10)[labels]
    share = log_share(mass.sum(axis=0))
    entropies, accuracies = [], []
    for k in TRIED:
        answers = softmax(test @ closed_form(mass, share, k, Smoothing(0, 0.1)))
        entropies.append(float(-np.log(answers[np.arange(len(wanted)), wanted]).mean()))
        accuracies.append(float((answers.argmax(axis=1) == wanted).mean()))
    return entropies, float(inputs.sum(axis=1).mean()), accuracies


def as_features(inputs: Floats) -> Features:
    """Digits for the model's own layers: pixels in place of context vectors, and no n-grams."""
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    return Features(inputs, SparseRows.stack([nothing] * len(inputs)))


def through_the_layers(warm: bool) -> list[tuple[float, float]]:
    """Test accuracy and cross-entropy of both layers along the refinement, from step 0."""
    inputs, labels, test, wanted = split(skewed=False)
    ciphers, none = np.eye(10), np.zeros((0, 10))
    mass = inputs.T @ ciphers[labels]
    norm = float(inputs.sum(axis=1).mean())
    counted = closed_form(mass, log_share(mass.sum(axis=0)), norm, Smoothing(0, 0.1))
    start = Layer(counted if warm else np.zeros_like(counted), none)
    output = output_layer(none, none, ciphers, Settings().output_prior)
    features, unseen = as_features(inputs), as_features(test)
    weight, offset = np.ones(len(labels)), np.zeros((len(labels), 10))
    objective = Objective(start, features, ciphers[labels], weight, offset)

    def judged(hidden: Layer) -> tuple[float, float]:
        scores = score(forward(unseen, hidden, output), wanted, np.ones(len(wanted)))
        return scores.accuracy, scores.cross_entropy

    steps = (start.plus(each) for each in refine(objective, L2, start.zeros_like()))
    return [judged(start), *(judged(each) for each in islice(steps, STEPS))]


def run() -> Section:
    """Balanced and skewed classes; then the lamp's layers, warm and cold."""
    rows: list[list[object]] = []
    curves = []
    best = {}
    for name, skewed in (("balanced", False), ("skewed", True)):
        entropies, norm, accuracies = along_k(skewed)
        place = int(np.argmin(entropies))
        best[name] = TRIED[place]
        spread = max(entropies) - min(entropies)
        rows.append([name, norm, TRIED[place], entropies[place], spread, accuracies[place]])
        curves.append((name, TRIED, entropies))
    warm, cold = through_the_layers(True), through_the_layers(False)
    steps = [
        (name, range(len(found)), [each[0] for each in found])
        for name, found in (("warm", warm), ("cold", cold))
    ]
    return Section(
        "digits",
        "K on digits, and digits through the same layers",
        "For inputs that are not one-hot, K is the mean L1 norm of the input; and nothing in the "
        "layers knows that they read text.",
        f"Best K among those tried: {best['balanced']:g} (balanced) and {best['skewed']:g} "
        f"(skewed) with a mean L1 norm of {rows[0][1]:.1f} and {rows[1][1]:.1f}. For balanced "
        "classes K hardly matters (see the spread): the prior it counts is the same for all. "
        "Through the lamp's layers (pixels in place of contexts, ten actions) the "
        f"closed form is right on {warm[0][0]:.1%} of the test digits and {warm[-1][0]:.1%} after "
        f"{len(warm) - 1} steps of the refinement; from cold it is {cold[5][0]:.1%} after five "
        f"steps ({warm[5][0]:.1%} warm) and {cold[-1][0]:.1%} after {len(cold) - 1}.",
        ["classes", "mean L1 norm", "best K", "cross-entropy", "spread over K", "accuracy"],
        rows,
        [
            draw("k_on_digits", curves, "K", "cross-entropy, nats", "x"),
            draw("digits_layers", steps, "steps of the refinement", "test accuracy"),
        ],
    )
