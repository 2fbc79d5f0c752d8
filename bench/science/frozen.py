"""Frozen embeddings against embeddings that learn, additively or by exponentiated gradient."""

from __future__ import annotations

import numpy as np

from bench.science.exchanges import ACTIONS, exchanges
from bench.science.report import Section, draw
from lamp.language_model import Settings
from lamp.language_model.arrays import Floats
from lamp.language_model.encoder import Encoder, batch_of
from lamp.language_model.fitting import Lesson, closed_form
from lamp.language_model.gradients import gradients
from lamp.language_model.label_cipher import label_ciphers
from lamp.language_model.network import Weights
from lamp.language_model.network import run as through

STEPS, RATE = 60, 0.02


def additive(embeddings: Floats, slope: Floats, rate: float) -> Floats:
    """E - rate * g, clipped at zero, rows renormalised."""
    moved = np.maximum(embeddings - rate * slope, 1e-9)
    return np.asarray(moved / moved.sum(axis=1, keepdims=True))


def exponentiated(embeddings: Floats, slope: Floats, rate: float) -> Floats:
    """E exp(-rate * g), rows renormalised: stays a distribution by itself [T]."""
    moved = np.maximum(embeddings, 1e-9) * np.exp(np.clip(-rate * slope, -5, 5))
    return np.asarray(moved / moved.sum(axis=1, keepdims=True))


def train(how: str) -> list[float]:
    """Held-out cross-entropy along full-batch gradient steps, n-grams left out."""
    settings = Settings(balance=0.0)
    said, asked = exchanges("lamp", 300, 0.05, 0), exchanges("lamp", 400, 0.05, 1)
    encoder = Encoder.train(said, ACTIONS, settings)
    ciphers = label_ciphers(len(ACTIONS), len(ACTIONS))
    lesson, held = Lesson.of(said, encoder, ciphers), Lesson.of(asked, encoder, ciphers)
    _, task = closed_form(lesson)
    weights = task.base._replace(grams=np.zeros_like(task.base.grams))
    unseen, wanted = batch_of(held.encoded), held.labels
    curve = []
    for _ in range(STEPS):
        answers = through(weights, unseen).answer[np.arange(len(wanted)), wanted]
        curve.append(float(-np.log(np.maximum(answers, 1e-12)).mean()))
        done = through(weights, task.batch)
        ones = np.ones(len(said)) / len(said)
        slope = gradients(weights, task.batch, done, task.targets, ones, True, how != "frozen")
        weights = _step(weights, slope, how)
    return curve


def _step(weights: Weights, slope: Weights, how: str) -> Weights:
    moved = {
        name: getattr(weights, name) - RATE * 100 * getattr(slope, name)
        for name in ("block", "radial", "dense", "output")
    }
    if how == "additive":
        moved["embeddings"] = additive(weights.embeddings, slope.embeddings, RATE * 100)
    if how == "exponentiated":
        moved["embeddings"] = exponentiated(weights.embeddings, slope.embeddings, RATE * 100)
    return weights._replace(**moved)


def run() -> Section:
    """Three curves."""
    ways = ("frozen", "additive", "exponentiated")
    curves = {how: train(how) for how in ways}
    best = min(ways, key=lambda how: curves[how][-1])
    rows = [[how, curves[how][0], curves[how][STEPS // 2], curves[how][-1]] for how in ways]
    return Section(
        "frozen",
        "Freezing the embeddings",
        "Embeddings can stay frozen for most of the training; where they move, rows should stay "
        "distributions (exponentiated gradient).",
        f"On the attention contexts alone, {STEPS} steps at equal rate: {best} embeddings end "
        "lowest. Additive updates with clipping did not wreck the embeddings here, though we "
        "had feared it. Frozen ones keep the comparison cache, the others cannot.",
        ["embeddings", "step 0", f"step {STEPS // 2}", f"step {STEPS - 1}"],
        rows,
        [
            draw(
                "frozen",
                [(how, range(STEPS), curves[how]) for how in ways],
                "gradient steps",
                "held-out cross-entropy, nats",
            )
        ],
    )
