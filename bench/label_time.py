"""How long until a flip is in the live model, and how long a refit takes, as the diary grows.

    python -m bench.label_time

A label is timed from Anticipator.flipped() to the moment the live model predicts with it: the
counts are added and the next prediction is made. The diary is on disk, with its fsync. A decision
is timed from the transcript to the directive; *hear* adds the diary. A *fit* is closed form,
held-out trial and polish; *refit* is what the trainer does: a fit without the last fifth, judged
on it, and a fit of all, at the sizes that the diary has grown to. Fits are in seconds of the
processor, one thread, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from lamp.anticipator.anticipator import Anticipator
from lamp.clock import ReplayClock
from lamp.config import Deciding
from lamp.diary import conversation
from lamp.diary.exchange import Exchange, Label
from lamp.diary.writer import Diary
from lamp.language_model import PRESETS, LanguageModel, TimeBudget
from lamp.messages import Transcript
from lamp.simulate.harness.whole_lamp import NOON
from lamp.trainer.trainer import Trainer

WORDS = (
    "turn switch light lamp on off dark bright please the kitchen dinner weather train cat was is "
    "late good morning night tell me about what who said that it again window door book"
)
FLIPS = 30
MOST = 60.0  # s of a fit; it ends sooner by itself


def said(rng: random.Random) -> str:
    """Three to nine words, some letters wrong."""
    letters = list(" ".join(rng.choices(WORDS.split(), k=rng.randint(3, 9))))
    for place in range(len(letters)):
        if rng.random() < 0.1:
            letters[place] = rng.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters)


def exchanges(count: int, rng: random.Random) -> Iterator[Exchange]:
    """Labelled ones, most of them background."""
    for number in range(count):
        action = rng.choices(conversation.ACTIONS, (8, 1, 1))[0]
        yield Exchange(
            id=f"u{number}",
            text=said(rng),
            confidence=1.0,
            started=number * 20.0,
            ended=number * 20.0 + 1,
            state_before="dark" if action == "lit" else "lit",
            label=Label(action, 1.0, "silence" if action == "none" else "flip"),
        )


def measure(count: int, preset: str) -> dict[str, float]:
    """Milliseconds for a label and a decision, seconds for fits, at ``count`` exchanges."""
    rng = random.Random(count)
    past = list(exchanges(count, rng))
    settings = PRESETS[preset]
    examples = conversation.examples(past)
    began = time.process_time()
    model = LanguageModel.fit(
        examples, conversation.TOKENS, settings, None, np.random.default_rng(0)
    )
    closed_form = time.process_time() - began
    began = time.process_time()
    budget = TimeBudget(MOST, time.process_time)
    LanguageModel.fit(examples, conversation.TOKENS, settings, budget, np.random.default_rng(0))
    fit = time.process_time() - began
    trainer = Trainer(settings, lambda: TimeBudget(MOST, time.process_time))
    began = time.process_time()
    trainer.refit(past)
    refit = time.process_time() - began
    return lived(count, past, model) | {
        "closed form, s": closed_form,
        "fit, s": fit,
        "refit, s": refit,
    }


def lived(count: int, past: list[Exchange], model: LanguageModel) -> dict[str, float]:
    """Milliseconds of labels and decisions after ``count`` exchanges."""
    rng = random.Random(count + 1)
    with tempfile.TemporaryDirectory() as folder:
        diary = Diary.open(Path(folder) / "diary.sqlite")
        for exchange in past:
            diary.write_exchange(exchange, NOON)
            assert exchange.label is not None
        diary.write_labels([(one.id, one.label) for one in past if one.label is not None])
        clock = ReplayClock(NOON, count * 20.0 + 100)
        anticipator = Anticipator(model, diary, Deciding(), clock, lambda *_: None)
        labels, decisions, heard = [], [], []
        for number in range(FLIPS):
            at = clock.now() + 30
            clock.advance(at)
            text = said(rng)
            began = time.perf_counter()
            exchange = anticipator.hear(Transcript(f"new{number}", text, 1.0, at - 1, at, at))
            heard.append(time.perf_counter() - began)
            assert exchange is not None
            decisions.append(exchange.stages["decide"])
            clock.advance(at + 3)
            began = time.perf_counter()
            anticipator.flipped(f"f{number}", "lit" if number % 2 else "dark", at + 3)
            model.predict(text)
            labels.append(time.perf_counter() - began)
        diary.close()
    return {
        "label, ms": 1000 * statistics.median(labels),
        "worst": 1000 * max(labels),
        "decision, ms": 1000 * statistics.median(decisions),
        "hear, ms": 1000 * statistics.median(heard),
    }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exchanges", default="100,1000,5000,10000")
    parser.add_argument("--preset", default="potato")
    arguments = parser.parse_args()
    rows = {int(n): measure(int(n), arguments.preset) for n in arguments.exchanges.split(",")}
    columns = list(next(iter(rows.values())))
    print("   at exchanges | " + " | ".join(columns))
    for count, row in rows.items():
        print(f"{count:15} | " + " | ".join(f"{row[each]:{len(each)}.2f}" for each in columns))


if __name__ == "__main__":
    main()
