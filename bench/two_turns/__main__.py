"""Play hours of two-turn conversations: ``python -m bench.two_turns --seeds 0-4``."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse

import numpy as np

from bench.household.seeds import seeds_of
from bench.household.tables import row
from bench.two_turns.contestants import NAMES, make
from bench.two_turns.conversations import CONVERSATIONS
from bench.two_turns.play import Answer, Table

LEARNED = 30.0  # minutes, before anything is counted


def main(arguments: list[str] | None = None) -> None:
    """Right at the first try after half an hour, by what makes the second turn clear."""
    parser = argparse.ArgumentParser(prog="python -m bench.two_turns", description=__doc__)
    parser.add_argument("--seeds", default="0-4", help="as 0-19 or 3,5,8-9")
    parser.add_argument("--lamps", default=";".join(NAMES), help="of " + "; ".join(NAMES))
    parser.add_argument("--minutes", type=float, default=60.0)
    options = parser.parse_args(arguments)
    kinds = list(dict.fromkeys(one.kind for one in CONVERSATIONS))
    print(row(["", "right, %", *kinds, "flips in all"]) + "\n|" + "---|" * (3 + len(kinds)))
    for name in options.lamps.split(";"):
        answers: list[Answer] = []
        flips = []
        for seed in seeds_of(options.seeds):
            table = Table(make(name, seed), seed)
            found = table.play(options.minutes)
            answers += [one for one in found if one.at >= LEARNED * 60]
            flips.append(table.flips)
        shares = [
            share([one for one in answers if one.conversation.kind == kind]) for kind in kinds
        ]
        print(row([name, share(answers), *shares, f"{np.mean(flips):.1f}"]), flush=True)


def share(answers: list[Answer]) -> str:
    """Of them right, in percent."""
    return f"{100 * np.mean([one.right for one in answers]):.0f}" if answers else "-"


if __name__ == "__main__":
    main()
