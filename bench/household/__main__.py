"""Play hours in households of text and compare: ``python -m bench.household --help``."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.household.contestants import NAMES
from bench.household.jobs import Job, run
from bench.household.measures import Scores
from bench.household.scenarios import SCENARIOS
from bench.household.seeds import seeds_of
from bench.household.tables import table, versus


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    options = _parser().parse_args(arguments)
    names = ["lamp", *_listed(options.against, NAMES)]
    seeds = seeds_of(options.seeds)
    results: list[dict[str, Any]] = []
    for scenario in _listed(options.scenario, SCENARIOS):
        jobs = [Job(scenario, seed, name, options.minutes) for seed in seeds for name in names]
        scores: dict[str, dict[int, Scores]] = {name: {} for name in names}
        for job, each, habits in run(jobs, options.jobs):
            scores[job.contestant][job.seed] = each
            results.append({**job._asdict(), **each, "habits": habits})
        print(f"\n### {scenario}\n\n{table(list(scores.items()), options.quartiles)}\n")
        for rival in names[1:]:
            print(versus("lamp", scores["lamp"], rival, scores[rival]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.household", description=__doc__)
    parser.add_argument("--scenario", default="base", help=", ".join(SCENARIOS))
    parser.add_argument("--seeds", default="0-9", help="as 0-19 or 3,5,8-9")
    parser.add_argument("--against", default="", help="of lr, knn, never")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--quartiles", action="store_true")
    parser.add_argument("--json", type=Path, help="keep every score of every hour here")
    return parser


def _listed(text: str, known: Iterable[str]) -> list[str]:
    names = [name for name in text.split(",") if name]
    unknown = set(names) - set(known)
    if unknown:
        raise SystemExit(f"nobody knows {', '.join(unknown)}. Known are {', '.join(known)}")
    return names


if __name__ == "__main__":
    main()
