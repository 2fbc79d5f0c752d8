"""The same layer on something that is not text: scikit-learn's bundled digits."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from bench.science.report import Section, draw
from lamp.language_model.arrays import Floats, Ints
from lamp.language_model.softmax import softmax
from lamp.language_model.warm_start import Smoothing, closed_form

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


def run() -> Section:
    """Balanced and skewed classes."""
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
    return Section(
        "digits",
        "K on digits",
        "For inputs that are not one-hot, K is the mean L1 norm of the input.",
        f"Best K among those tried: {best['balanced']:g} (balanced) and {best['skewed']:g} "
        f"(skewed) with a mean L1 norm of {rows[0][1]:.1f} and {rows[1][1]:.1f}. For balanced "
        "classes K hardly matters (see the spread): the prior it counts is the same for all.",
        ["classes", "mean L1 norm", "best K", "cross-entropy", "spread over K", "accuracy"],
        rows,
        [draw("k_on_digits", curves, "K", "cross-entropy, nats", "x")],
    )
