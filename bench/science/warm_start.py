"""Warm against cold, and the K of the closed form, on text."""

from __future__ import annotations

import numpy as np

from bench.science.report import Section, draw
from bench.science.text import VOCABULARY, contexts, counted, tokens
from lamp.language_model.arrays import Floats, Ints, softmax
from lamp.language_model.closed_form import Smoothing, closed_form, log_share

RADII = (1, 2, 4, 8)
TRAIN, TEST = 40_000, 4_000
SMOOTHING = Smoothing(1.0, 0.01)
STEPS, BATCH, RATE = 240, 256, 4.0


def perplexity(weights: Floats, inputs: Floats, targets: Ints) -> float:
    """exp of the mean cross-entropy."""
    answers = softmax(inputs @ weights)[np.arange(len(targets)), targets]
    return float(np.exp(-np.log(answers).mean()))


def descend(weights: Floats, radius: int, every: int) -> list[float]:
    """Test perplexity along STEPS of plain gradient descent, measured every ``every`` steps."""
    inputs, targets = contexts(radius, 8, TRAIN)
    test = contexts(radius, TRAIN, TRAIN + TEST)
    rng = np.random.default_rng(0)
    curve = [perplexity(weights, *test)]
    for step in range(1, STEPS + 1):
        rows = rng.integers(0, len(targets), BATCH)
        slope = softmax(inputs[rows] @ weights)
        slope[np.arange(BATCH), targets[rows]] -= 1
        weights = weights - RATE / BATCH * inputs[rows].T @ slope
        if step % every == 0:
            curve.append(perplexity(weights, *test))
    return curve


def run() -> Section:
    """Both questions in one section."""
    rows: list[list[object]] = []
    k_curves, step_curves = [], []
    tried = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
    steps = list(range(0, STEPS + 1, 40))
    right = 0
    for radius in RADII:
        mass = counted(radius, 8, TRAIN)
        share = log_share(mass.sum(axis=0))
        test = contexts(radius, TRAIN, TRAIN + TEST)
        by_k = [perplexity(closed_form(mass, share, k, SMOOTHING), *test) for k in tried]
        best = tried[int(np.argmin(by_k))]
        right += best == radius
        k_curves.append((f"{radius} tokens", tried, by_k))
        warm = descend(closed_form(mass, share, float(radius), SMOOTHING), radius, 40)
        cold = descend(np.zeros_like(mass), radius, 40)
        if radius in (1, 8):
            step_curves.append((f"warm, {radius} tokens", steps, warm))
            step_curves.append((f"cold, {radius} tokens", steps, cold))
        rows.append([radius, best, warm[0], cold[0], warm[-1], cold[-1]])
    unigram = np.bincount(tokens()[:TRAIN], minlength=VOCABULARY) + 1.0
    frequency = unigram / unigram.sum()
    base = float(np.exp(-np.log(frequency[tokens()[TRAIN : TRAIN + TEST]]).mean()))
    ahead = sum(row[4] < row[5] for row in rows)  # type: ignore[operator]
    figures = [
        draw("k_on_text", k_curves, "K", "step-0 perplexity", "y"),
        draw("warm_and_cold", step_curves, "gradient steps", "perplexity", "y"),
    ]
    return Section(
        "warm_start",
        "Warm against cold, and which K",
        "A softmax layer started from counts is better before the first step than a cold one, "
        "and stays ahead at equal rate; K is the number of unit-norm features.",
        f"On {TRAIN} words of the Python manual the closed form is best at K equal to the number "
        f"of features for {right} of {len(RADII)} context sizes. After {STEPS} equal steps of "
        f"rate {RATE} the warm start is ahead for {ahead} of {len(RADII)}. The unigram model has "
        f"perplexity {base:.0f}.",
        ["tokens of context", "best K", "warm, step 0", "cold, step 0", "warm, end", "cold, end"],
        rows,
        figures,
    )
