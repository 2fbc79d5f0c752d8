"""Measure evenings of the demo: ``python -m bench.evenings --seeds 0-9 --minutes 30``."""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from bench.evenings.evening import score
from bench.household.measures import Measure, Scores
from bench.household.seeds import seeds_of
from bench.household.tables import quantile, row, shown

MEASURES = (
    Measure("commands", "commands", "more"),
    Measure("flips", "flips", "less"),
    Measure("teach", "to teach", "less"),
    Measure("correct", "to correct", "less"),
    Measure("obeyed", "obeyed, %", "more", percent=True),
    Measure("obeyed_later", "in the later half, %", "more", percent=True),
    Measure("false", "false actions", "less"),
    Measure("again", "acted again after a correction", "less"),
    Measure("against", "acted against what was taught", "less"),
    Measure("charged_now", "flips charged right at once, %", "more", percent=True),
    Measure("charged_end", "in the end, %", "more", percent=True),
)


def head() -> str:
    """The first two lines of the table."""
    return row(["seed", *(one.title for one in MEASURES)]) + "\n|" + "---|" * (1 + len(MEASURES))


def evening(seed: int, scores: Scores) -> str:
    """One evening as a row."""
    return row([str(seed), *(shown(one, scores[one.name]) for one in MEASURES)])


def foot(scores: Sequence[Scores]) -> str:
    """The mean, the median and the worst of all evenings."""
    ways = ("mean", "median", "worst")
    return "\n".join(
        row([f"**{way}**", *(_summed(one, scores, way) for one in MEASURES)]) for way in ways
    )


def _summed(measure: Measure, scores: Sequence[Scores], how: str) -> str:
    values = [each[measure.name] for each in scores]
    values = [value for value in values if not math.isnan(value)]
    if not values:
        return "-"
    if how == "mean":
        return shown(measure, sum(values) / len(values))
    if how == "median":
        return shown(measure, quantile(values, 0.5))
    return shown(measure, max(values) if measure.better == "less" else min(values))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.evenings", description=__doc__)
    parser.add_argument("--seeds", default="0-9", help="as 0-9 or 3,5,8-9")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--jobs", type=int, default=1, help="evenings at once")
    parser.add_argument("--json", type=Path, help="keep every score of every evening here")
    options = parser.parse_args(arguments)
    seeds = seeds_of(options.seeds)
    scores: list[Scores] = []
    print(head(), flush=True)
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        for seed, each in zip(
            seeds, pool.map(partial(score, minutes=options.minutes), seeds), strict=True
        ):
            scores.append(each)
            print(evening(seed, each), flush=True)
    print(foot(scores))
    if options.json:
        kept = [{"seed": seed, **each} for seed, each in zip(seeds, scores, strict=True)]
        options.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
