"""The larger experiments, row by row, each row kept when it is done: ``make science-long``.

Run it again after an interruption and it goes on with the first row that is missing. One alone:
``python -m bench.science.long cold``. What is kept lies in ``science-long/``, a JSON file each.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.science.saffu.descent import MISREAD, descend
from bench.science.saffu.explicit import OUTPUT_ROUNDS, output_round, warm_start
from bench.science.saffu.network import Reader, Weights, perplexity
from bench.science.stack import SIZES, Text, cold, curve, manual, reader_of, unigram
from bench.science.text import tokens
from bench.science.transformer import train_on_text

KEPT = Path("science-long")
SECONDS, SHORT = 60.0, 10.0  # of processor time
BLOCKS = (4, 8, 16, 32, 64, 128)
TOKENS = (25_000, 50_000, 100_000, 200_000, 400_000, 800_000, 1_600_000)
TESTED = 20_000  # words at the end of the long text
RIVALS = [(share, rate) for share in (0.0, MISREAD) for rate in (0.001, 0.002, 0.004)]

Row = dict[str, float]


class Experiment(NamedTuple):
    """row: of the table, for each of ``over``."""

    question: str
    row: Callable[[Any], Row]
    over: Sequence[Any]


def warm_seed(seed: int) -> Row:
    """The warm start has no random number in it; only the order of the steps is drawn."""
    text = manual()
    reader = reader_of(text)
    return _ends(text, reader, warm_start(reader, text.train), seed, SHORT) | {"seed": seed}


def cold_seed(seed: int) -> Row:
    """The same steps from random weights."""
    text = manual()
    first = cold(SIZES, np.random.default_rng(1000 + seed))
    return _ends(text, reader_of(text), first, seed, SHORT) | {"seed": seed}


def block(length: int) -> Row:
    """One length of the block."""
    text, sizes = manual(), replace(SIZES, block=length)
    reader = reader_of(text, sizes)
    return {"block": length} | _ends(text, reader, warm_start(reader, text.train), 0, SHORT)


def saturation(count: int) -> Row:
    """The warm start when so many words were counted."""
    text = documents(count)
    began = time.process_time()
    reader = reader_of(text)
    weights = warm_start(reader, text.train, output_rounds=0)
    first = perplexity(weights, reader, text.test)
    for _ in range(OUTPUT_ROUNDS):
        weights = output_round(weights, reader, text.train)
    last = perplexity(weights, reader, text.test)
    spent = time.process_time() - began
    return {
        "tokens": count,
        "unigram": unigram(text),
        "no round of O": first,
        "all rounds": last,
        "seconds": spent,
    }


def data(count: int) -> Row:
    """Steps on so many words, from the counts of the last 100,000 of them."""
    text = documents(count)
    reader = reader_of(text)
    first = warm_start(reader, text.train[-100_000:])
    return {"tokens": count} | _ends(text, reader, first, 0, SECONDS)


def rival(how: tuple[float, float]) -> Row:
    """The transformer at one rate, with or without misreading."""
    share, rate = how
    (_, _, found), size = train_on_text(SECONDS, rate=rate, share=share)
    return {
        "misread": share,
        "rate": rate,
        "best": min(found),
        "end": found[-1],
        "parameters": size,
    }


def documents(count: int) -> Text:
    """``count`` words of the long text, and the last ones to be judged by."""
    every = tokens("documents")[-(count + TESTED) :]
    return Text(every, np.arange(8, count), np.arange(count, count + TESTED))


def _ends(text: Text, reader: Reader, first: Weights, seed: int, seconds: float) -> Row:
    """Perplexity before and after phase 2."""
    steps = descend(first, reader, text.train, seconds, np.random.default_rng(seed))
    _, found, _ = curve(text, reader, steps, first, every=seconds)
    return {"start": found[0], "end": found[-1]}


EXPERIMENTS = {
    "warm": Experiment("Seeds, warm", warm_seed, range(5)),
    "cold": Experiment("Seeds, cold", cold_seed, range(5)),
    "blocks": Experiment("Longer blocks, the same seconds", block, BLOCKS),
    "saturation": Experiment("Words that phase 1 counts", saturation, TOKENS),
    "data": Experiment("Words that phase 2 steps on", data, TOKENS[2::2]),
    "transformer": Experiment("The rival's rates, with and without misreading", rival, RIVALS),
}


def main(names: list[str]) -> None:
    """Do what is missing, and print everything."""
    KEPT.mkdir(exist_ok=True)
    for name in names or EXPERIMENTS:
        experiment, kept = EXPERIMENTS[name], KEPT / f"{name}.json"
        rows: list[Row] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else []
        print(f"\n{experiment.question}: python -m bench.science.long {name}\n")
        for place, case in enumerate(experiment.over):
            if place == len(rows):
                rows.append(experiment.row(case))
                keep(rows, kept)
            if place == 0:
                print("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
            print(
                "| " + " | ".join(f"{value:.5g}" for value in rows[place].values()) + " |",
                flush=True,
            )


def keep(rows: list[Row], path: Path) -> None:
    """All of them or, after an interruption, those that were there before."""
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    unfinished.replace(path)


if __name__ == "__main__":
    main(sys.argv[1:])
