"""How much text the counts can use, and what gradient steps add to them."""

from __future__ import annotations

import numpy as np

from bench.science.report import Curve, Section, draw
from bench.science.text import contexts, contexts_at, counted, has_bible, tokens
from bench.science.warm_start import BATCH, RATE, SMOOTHING, TEST, perplexity
from lamp.language_model.arrays import Floats, softmax
from lamp.language_model.closed_form import closed_form, log_share

RADII = (1, 4)
SMALLEST, STEPS = 1_000, 400


def polished(weights: Floats, radius: int, start: int, end: int, name: str) -> Floats:
    """After plain gradient steps on the same stretch of text."""
    rng = np.random.default_rng(0)
    for _ in range(STEPS):
        inputs, targets = contexts_at(radius, rng.integers(start, end, BATCH), name)
        slope = softmax(inputs @ weights)
        slope[np.arange(BATCH), targets] -= 1
        weights = weights - RATE / BATCH * inputs.T @ slope
    return weights


def words(radius: int) -> str:
    return f"{radius} word" + "s" * (radius > 1)


def run() -> Section:
    """Step-0 perplexity against the number of words counted."""
    name = "bible" if has_bible() else "manual"
    last = len(tokens(name)) - TEST
    sizes = [SMALLEST * 2**doubling for doubling in range(20) if SMALLEST * 2**doubling <= last - 8]
    found: dict[str, list[float]] = {}
    for radius in RADII:
        test = contexts(radius, last, last + TEST, name)
        for size in sizes:
            mass = counted(radius, last - size, last, name)
            weights = closed_form(mass, log_share(mass.sum(0)), float(radius), SMOOTHING)
            found.setdefault(words(radius), []).append(perplexity(weights, *test))
            if radius == RADII[-1] and sizes.index(size) % 3 == (len(sizes) - 1) % 3:
                steps = polished(weights, radius, last - size, last, name)
                found.setdefault("stepped", []).append(perplexity(steps, *test))
    stepped = sizes[(len(sizes) - 1) % 3 :: 3]
    curves: list[Curve] = [(words(radius), sizes, found[words(radius)]) for radius in RADII]
    curves.append((f"{RADII[-1]} words, {STEPS} steps", stepped, found["stepped"]))
    after = dict(zip(stepped, found["stepped"], strict=True))
    rows: list[list[object]] = [
        [size, *(curve[2][place] for curve in curves[:-1]), after.get(size, "")]
        for place, size in enumerate(sizes)
    ]
    gains = [100 * (curve[2][-2] / curve[2][-1] - 1) for curve in curves[:-1]]
    gap = 100 * (curves[1][2][-1] / found["stepped"][-1] - 1)
    return Section(
        "saturation",
        "Data saturation of the warm start",
        "Counting saturates: beyond some amount of text more counting hardly helps, and only "
        "gradient steps do.",
        f"On {'the King James Bible' if name == 'bible' else 'the Python manual'} "
        f"({len(tokens(name))} tokens) the last doubling of the text improves step-0 perplexity by "
        + " and ".join(
            f"{gain:.1f}% ({words(radius)})" for gain, radius in zip(gains, RADII, strict=True)
        )
        + f". {STEPS} gradient steps from there improve it by {gap:.1f}% with all of the text. The "
        "manual is used where the Debian package bible-kjv is not installed.",
        [
            "tokens counted",
            *(f"perplexity, {words(radius)}" for radius in RADII),
            "after the steps",
        ],
        rows,
        [draw("saturation", curves, "tokens counted", "perplexity", "xy")],
    )
