"""The larger experiments, one after the other, each kept when it is done: ``make science-long``.

Run it again after an interruption and it goes on with the first one that is missing. One alone:
``python -m bench.science.long cold``. What is kept lies in ``science-long/``, a JSON file each.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.science.saffu.descent import MISREAD, descend
from bench.science.saffu.explicit import OUTPUT_ROUNDS, output_round, warm_start
from bench.science.saffu.network import perplexity
from bench.science.stack import SIZES, Text, cold, curve, manual, reader_of, unigram
from bench.science.text import tokens
from bench.science.transformer import train_on_text

KEPT = Path("science-long")
SECONDS, SHORT = 60.0, 20.0  # of processor time
SEEDS = range(5)
BLOCKS = (4, 8, 16, 32, 64, 128)
TOKENS = (25_000, 50_000, 100_000, 200_000, 400_000, 800_000, 1_600_000)
TESTED = 20_000  # words at the end of the long text
RATES = (0.001, 0.002, 0.004)

Rows = list[dict[str, float]]


def warm_seeds() -> Rows:
    """The warm start has no random number in it; only the order of the steps is drawn."""
    return _seeds(warm=True)


def cold_seeds() -> Rows:
    """The same steps from random weights."""
    return _seeds(warm=False)


def _seeds(warm: bool) -> Rows:
    text = manual()
    reader = reader_of(text)
    start = warm_start(reader, text.train) if warm else None
    rows = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        first = start or cold(SIZES, rng)
        steps = descend(first, reader, text.train, SHORT, rng)
        seconds, found, _ = curve(text, reader, steps, first)
        rows.append({"seed": seed, "start": found[0], "end": found[-1], "seconds": seconds[-1]})
    return rows


def blocks() -> Rows:
    """Longer blocks, the same seconds."""
    return [_block(block) for block in BLOCKS]


def _block(block: int) -> dict[str, float]:
    text, sizes = manual(), replace(SIZES, block=block)
    reader = reader_of(text, sizes)
    first = warm_start(reader, text.train)
    rng = np.random.default_rng(0)
    steps = descend(first, reader, text.train, SHORT, rng)
    _, found, _ = curve(text, reader, steps, first)
    return {"block": block, "start": found[0], "end": found[-1]}


def saturation() -> Rows:
    """The warm start by how much text was counted, judged on the same words."""
    rows = []
    for count in TOKENS:
        text = _documents(count)
        began = time.process_time()
        reader = reader_of(text)
        weights = warm_start(reader, text.train, output_rounds=0)
        row = {"tokens": count, "unigram": unigram(text)}
        row["closed form"] = perplexity(weights, reader, text.test)
        for _ in range(OUTPUT_ROUNDS):
            weights = output_round(weights, reader, text.train)
        row |= {"rounds": perplexity(weights, reader, text.test)}
        row["seconds"] = time.process_time() - began
        rows.append(row)
    return rows


def data() -> Rows:
    """More text, the same seconds of phase 2."""
    rows = []
    for count in TOKENS[::2]:
        text = _documents(count)
        reader = reader_of(text)
        first = warm_start(reader, text.train[-100_000:])
        steps = descend(first, reader, text.train, SECONDS, np.random.default_rng(0))
        _, found, _ = curve(text, reader, steps, first, every=20)
        rows.append({"tokens": count, "start": found[0], "end": found[-1]})
    return rows


def _documents(count: int) -> Text:
    """``count`` words before the last ones, which are judged."""
    every = tokens("documents")[-(count + TESTED) :]
    return Text(every, np.arange(8, count), np.arange(count, count + TESTED))


def transformer() -> Rows:
    """The rival at three rates, with and without misreading, at the seconds of the stack."""
    rows = []
    for share in (0.0, MISREAD):
        for rate in RATES:
            (_, _, found), parameters = train_on_text(SECONDS, rate=rate, share=share)
            rows.append(
                {
                    "misread": share,
                    "rate": rate,
                    "best": min(found),
                    "end": found[-1],
                    "parameters": parameters,
                }
            )
    return rows


EXPERIMENTS: dict[str, Callable[[], Rows]] = {
    "warm": warm_seeds,
    "cold": cold_seeds,
    "blocks": blocks,
    "saturation": saturation,
    "data": data,
    "transformer": transformer,
}


def main(names: list[str]) -> None:
    """Do what is missing, and print everything."""
    KEPT.mkdir(exist_ok=True)
    for name in names or EXPERIMENTS:
        kept = KEPT / f"{name}.json"
        if not kept.exists():
            rows = EXPERIMENTS[name]()
            unfinished = kept.with_suffix(".part")
            unfinished.write_text(json.dumps(rows, indent=1), encoding="utf-8")
            unfinished.replace(kept)
        rows = json.loads(kept.read_text(encoding="utf-8"))
        print(f"\n{name}: {(EXPERIMENTS[name].__doc__ or '').strip()}\n")
        print("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
        for row in rows:
            print("| " + " | ".join(f"{value:.4g}" for value in row.values()) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
