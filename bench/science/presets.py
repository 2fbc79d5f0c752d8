"""The four sizes of the model, and other switches than a lamp's."""

from __future__ import annotations

import time

import numpy as np

from bench.science.exchanges import ACTIONS, COMMANDS, exchanges
from bench.science.report import Curve, Section, draw
from lamp.language_model import PRESETS, LanguageModel, StepBudget

TRAIN, TEST, NOISE = 300, 600, 0.12


def run() -> Section:
    """Parameters, memory, seconds and score of each preset and task."""
    rows: list[list[object]] = []
    curves: list[Curve] = []
    for task in COMMANDS:
        train, test = exchanges(task, TRAIN, NOISE, 0), exchanges(task, TEST, NOISE, 1)
        for name, settings in PRESETS.items():
            started = time.process_time()
            rng = np.random.default_rng(0)
            model = LanguageModel.fit(train, ACTIONS, settings, StepBudget(30), rng)
            seconds = time.process_time() - started
            scores = model.score(test)
            closed = LanguageModel.fit(train, ACTIONS, settings).score(test)
            rows.append(
                [
                    task,
                    name,
                    model.parameters,
                    model.parameters * 8 // 1024,
                    seconds,
                    closed.accuracy,
                    scores.accuracy,
                    scores.cross_entropy,
                ]
            )
        sizes = [row for row in rows if row[0] == task]
        curves.append((task, [row[2] for row in sizes], [row[7] for row in sizes]))  # type: ignore[misc]
    return Section(
        "presets",
        "Presets, and other switches",
        "The model is the same at every size and for every binary switch; only what is said "
        "differs.",
        f"{TRAIN} made-up exchanges, {TEST} others to score, {NOISE:.0%} of the letters wrong. "
        "The three tasks differ in their words alone. On commands this short the sizes differ "
        "little: the n-grams, which all have, carry most of it.",
        [
            "task",
            "preset",
            "parameters",
            "KiB",
            "seconds to fit",
            "accuracy, closed form",
            "accuracy",
            "cross-entropy",
        ],
        rows,
        [draw("presets", curves, "parameters: potato, micro, small, big", "cross-entropy, nats")],
    )
