"""The same layer on something that is not text: scikit-learn's bundled digits."""

from __future__ import annotations

from itertools import islice

import numpy as np
from sklearn.datasets import load_digits

from bench.science.report import Section, draw
from lamp.language_model.arrays import Floats, Ints
from lamp.language_model.attention import comparison_cache
from lamp.language_model.contexts import SameLength
from lamp.language_model.fitting import output_layer, score
from lamp.language_model.network import Batch, Weights
from lamp.language_model.network import run as through
from lamp.language_model.polish import Task, plus, polish
from lamp.language_model.settings import Settings
from lamp.language_model.softmax import softmax
from lamp.language_model.sparse import SparseRows
from lamp.language_model.warm_start import Smoothing, closed_form

RIDGE, STEPS = 0.01, 30
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
    entropies, accuracies = [], []
    for k in TRIED:
        answers = softmax(test @ closed_form(mass, mass.sum(axis=0), k, Smoothing(0, 0.1)))
        entropies.append(float(-np.log(answers[np.arange(len(wanted)), wanted]).mean()))
        accuracies.append(float((answers.argmax(axis=1) == wanted).mean()))
    return entropies, float(inputs.sum(axis=1).mean()), accuracies


def as_batch(inputs: Floats) -> Batch:
    """Digits for the model's own network: each pixel is a token of the document context, and the
    attention contexts see one token that says nothing."""
    count, pixels = inputs.shape
    silent = [SameLength(np.arange(count), np.zeros((count, 1), dtype=np.int64))]
    every = np.arange(1, pixels + 1)
    no_grams = SparseRows(np.zeros(0, np.int64), np.zeros(0), np.zeros(count + 1, np.int64))
    return Batch(silent, silent, SparseRows.stack([(every, row) for row in inputs]), no_grams)


def through_the_layers(warm: bool) -> list[tuple[float, float]]:
    """Test accuracy and cross-entropy of the whole network along its polish, from step 0."""
    inputs, labels, test, wanted = split(skewed=False)
    wide = inputs.shape[1]
    mass = np.concatenate([np.zeros((2 * (wide + 1) + 1, 10)), inputs.T @ np.eye(10)[labels]])
    norm = float(inputs.sum(axis=1).mean())
    counted = closed_form(mass, mass.sum(axis=0), norm, Smoothing(0, 0.1))
    start = counted if warm else np.zeros_like(counted)
    settings, ciphers = Settings(hidden=10), np.eye(10)
    embeddings = np.concatenate([np.zeros((1, wide + 1)), np.eye(wide, wide + 1, k=1)])
    output = output_layer(np.zeros((0, 10)), np.zeros((0, 10)), ciphers, settings)
    base = Weights(embeddings, np.zeros((1, 1)), np.zeros((1, 1)), start, np.zeros((0, 10)), output)
    batch, unseen = as_batch(inputs), as_batch(test)
    cache = comparison_cache(embeddings)
    weight = np.ones(len(labels))
    task = Task(base, batch, ciphers[labels], weight, np.zeros((len(labels), 10)), cache)

    def judged(weights: Weights) -> tuple[float, float]:
        scores = score(through(weights, unseen, cache).answer, wanted, np.ones(len(wanted)))
        return scores.accuracy, scores.cross_entropy

    steps = (plus(base, each) for each in polish(task, RIDGE, attend=False))
    return [judged(base), *(judged(each) for each in islice(steps, STEPS))]


def run() -> Section:
    """Balanced and skewed classes; then the whole network, warm and cold."""
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
        "Through the whole network (pixels as tokens of the document context, ten actions) the "
        f"closed form is right on {warm[0][0]:.1%} of the test digits and {warm[-1][0]:.1%} after "
        f"{len(warm) - 1} steps of the polish; from cold it is {cold[5][0]:.1%} after five steps "
        f"({warm[5][0]:.1%} warm) and {cold[-1][0]:.1%} after {len(cold) - 1}.",
        ["classes", "mean L1 norm", "best K", "cross-entropy", "spread over K", "accuracy"],
        rows,
        [
            draw("k_on_digits", curves, "K", "cross-entropy, nats", "x"),
            draw("digits_layers", steps, "steps of the polish", "test accuracy"),
        ],
    )
