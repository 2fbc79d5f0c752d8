"""Three ways to a larger model, under equal budgets: grown, blended, refit."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from bench.science.exchanges import ACTIONS, exchanges
from bench.science.growing import blended, grown
from bench.science.report import Curve, Section, draw
from lamp.language_model import (
    PRESETS,
    Example,
    LanguageModel,
    Settings,
    TimeBudget,
    sizes_at,
)

SMALL = PRESETS["potato"]
LARGE = sizes_at(SMALL, 4_000)
KNOWN, NEW, ASKED, NOISE = 1_500, 150, 600, 0.2
BUDGETS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7)  # s of processor time
WAYS = ("grown", "blended", "refit")


def says(task: str, count: int, seed: int, again: bool = False) -> list[Example]:
    """Exchanges of a task; ``again`` with every word spelt backwards, so that no token stays."""
    made = exchanges(task, count, NOISE, seed)
    if not again:
        return made
    return [each._replace(text=" ".join(w[::-1] for w in each.text.split(" "))) for each in made]


def make(way: str, old: LanguageModel, before: list[Example], new: list[Example], seconds: float):
    """The model of one way under a budget, and the processor seconds it took in all."""
    began = time.process_time()
    budget = TimeBudget(seconds, time.process_time)
    if way == "grown":
        model = grown(old, new, LARGE, budget)
    elif way == "blended":
        model = blended(old, [*before, *new], LARGE, budget)
    else:
        rng = np.random.default_rng(0)
        model = LanguageModel.fit([*before, *new], ACTIONS, LARGE, budget, rng)
    return model, time.process_time() - began


def fitted(said: list[Example], settings: Settings) -> LanguageModel:
    budget = TimeBudget(60, time.process_time)
    return LanguageModel.fit(said, ACTIONS, settings, budget, np.random.default_rng(0))


def curves(
    before: list[Example], new: list[Example], asked: list[Example], old: LanguageModel
) -> tuple[list[Curve], dict[str, list[float]]]:
    """Held-out cross-entropy against the budget, for each way; and the seconds it really took."""
    made, took = [], {}
    for way in WAYS:
        points = [make(way, old, before, new, seconds) for seconds in BUDGETS]
        took[way] = [seconds for _, seconds in points]
        made.append((way, BUDGETS, [model.score(asked).cross_entropy for model, _ in points]))
    return made, took


def run() -> Section:
    """The same people go on; and new ones come whose words share no token with the old."""
    before = says("lamp", KNOWN, 0)
    old = fitted(before, SMALL)
    rows: list[list[object]] = []
    figures, winners = [], []
    situations: dict[str, Callable[[int, int], list[Example]]] = {
        "the same words": lambda count, seed: says("lamp", count, seed),
        "new words, old tokens": lambda count, seed: says("fan", count, seed),
        "new tokens": lambda count, seed: says("fan", count, seed, again=True),
    }
    for name, said in situations.items():
        new, asked = said(NEW, 2), said(ASKED, 3)
        stay = old.score(asked)
        found, took = curves(before, new, asked, old)
        for way, _, entropies in found:
            rows.append([name, way, took[way][0], entropies[0], took[way][-1], entropies[-1]])
        rows.append(
            [name, "old model, nothing new", 0.0, stay.cross_entropy, 0.0, stay.cross_entropy]
        )
        first, last = (min(found, key=lambda curve: curve[2][at])[0] for at in (0, -1))
        winners.append(f"{name}: {first} is best without a budget, {last} with the largest")
        figures.append(
            draw(
                "growth_" + name.replace(",", "").replace(" ", "_"),
                found,
                "budget, s of the processor",
                f"cross-entropy, {name}",
                "y",
            )
        )
    return Section(
        "growth",
        "Growth",
        "A model that has to become larger should keep what it learned: mapped by an operator "
        "with a few learned scalars it is as good as one fitted anew, sooner.",
        f"From {SMALL.vocabulary} to {LARGE.vocabulary} tokens and from a block of {SMALL.block} "
        f"to {LARGE.block}, after {KNOWN} exchanges and with {NEW} new ones; {ASKED} others of "
        f"the new kind to score, {NOISE:.0%} of the letters wrong. "
        + "; ".join(winners)
        + ". The lamp refits: the sizes double three times in its life, and a refit is never far "
        "behind.",
        ["what is new", "way", "s, no budget", "cross-entropy", "s, most", "cross-entropy"],
        rows,
        figures,
    )
