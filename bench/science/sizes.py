"""What it brings that the model's sizes follow its diary."""

from __future__ import annotations

import numpy as np

from bench.science.exchanges import ACTIONS, exchanges
from bench.science.report import Section, draw
from lamp.language_model import PRESETS, Example, LanguageModel, Settings, StepBudget, sizes_at

SMALL = PRESETS["potato"]
KNOWN, RECENT, ASKED, NOISE, SEEDS = (1_000, 2_000, 4_000), 300, 600, 0.2, 2


def entropy(said: list[Example], asked: list[Example], settings: Settings) -> tuple[float, int]:
    """Held-out cross-entropy after a fit, and how many n-grams the model tells apart."""
    rng = np.random.default_rng(0)
    model = LanguageModel.fit(said, ACTIONS, settings, StepBudget(60), rng)
    return model.score(asked).cross_entropy, len(model.encoder.index)


def both(count: int, drift: bool) -> list[float]:
    """Cross-entropy and n-grams at the first sizes and at those of the diary, over the seeds."""
    found = []
    for seed in range(SEEDS):
        said = exchanges("lamp", count, NOISE, seed)
        if drift:
            said = said[:-RECENT] + exchanges("blind", RECENT, NOISE, seed + 7)
        asked = exchanges("blind" if drift else "lamp", ASKED, NOISE, seed + 50)
        sizes = SMALL, sizes_at(SMALL, count)
        found.append([each for size in sizes for each in entropy(said, asked, size)])
    return [float(each) for each in np.mean(found, axis=0)]


def run() -> Section:
    """Diaries of one kind, and diaries whose last 300 exchanges have other words."""
    rows: list[list[object]] = []
    curves = []
    for drift, name in ((False, "the same words"), (True, "new words lately")):
        found = [both(count, drift) for count in KNOWN]
        rows += [[name, count, *each] for count, each in zip(KNOWN, found, strict=True)]
        curves.append((f"{name}, first sizes", KNOWN, [each[0] for each in found]))
        curves.append((f"{name}, grown sizes", KNOWN, [each[2] for each in found]))
    better = sum(row[4] < row[2] for row in rows)  # type: ignore[operator]
    return Section(
        "sizes",
        "Sizes that follow the diary",
        "Vocabulary, block and n-grams should grow with the diary.",
        f"Preset potato, {NOISE:.0%} of the letters wrong, mean of {SEEDS} seeds: the grown sizes "
        f"have less cross-entropy in {better} of {len(rows)} cases, most where words changed "
        "lately: the first sizes have no room left for n-grams never seen before.",
        ["diary", "exchanges", "first sizes", "n-grams", "grown sizes", "n-grams"],
        rows,
        [draw("sizes", curves, "exchanges", "cross-entropy, nats", "x")],
    )
