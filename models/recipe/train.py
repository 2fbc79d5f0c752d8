"""Stage 4: train, from the start or from where the last run stopped.

    python -m models.recipe.train --store STORE --run RUN intents:2 arabic:1 ... --steps 20000

Sources are `name:share`. `--cooldown N` lets the learning rate fall to zero over the last N
steps; without it a run can always be continued. `--begin RUN` starts a new run with the weights of
another. The curve goes to RUN/curve.jsonl.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein

from models.recipe import losses
from models.recipe.batches import SECONDS, Material, Rows, Surroundings
from models.recipe.checkpoints import RunningMean, State, grown, load, save
from models.recipe.letters import collapse
from models.recipe.model import Potato, Size
from models.recipe.muon import Muon
from models.recipe.store import Samples, Source
from models.recipe.teacher import Heard, Posteriors
from models.recipe.words import Words

WARMUP = 400  # steps
REREAD = 500  # steps after which sources are read again: the teacher may have gone on
KEEP = 250  # steps between two checkpoints


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Train the potato.")
    parser.add_argument("sources", nargs="+", help="name:share")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument(
        "--begin", type=Path, help="another run, whose weights a new run starts with"
    )
    parser.add_argument("--noises", type=Path, help="folder of recorded noise (WAV)")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--cooldown", type=int, default=0, help="last steps, rate falls to 0")
    parser.add_argument("--ctc", type=float, default=0.1, help="weight of the CTC loss")
    parser.add_argument("--words", action="store_true", help="CTC targets from stage `words`")
    parser.add_argument("--steady", type=float, default=0.0, help="weight of consistency")
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    Training(parser.parse_args()).go()


class Training:
    """One run."""

    def __init__(self, options: argparse.Namespace) -> None:
        torch.set_num_threads(options.threads)
        self.options = options
        self.path = options.run / "state.pt"
        self.device = torch.device(options.device)
        torch.manual_seed(0)
        self.model = Potato(Size(), options.dropout).to(self.device)
        self.optimisers = make_optimisers(self.model, options.rate)
        self.step, self.hours = 0, 0.0
        if options.begin and not self.path.exists():
            earlier = load(options.begin / "state.pt")
            self.model.load_state_dict(grown(earlier.mean, self.model))
            self.hours = earlier.heard_hours
        self.mean = RunningMean(self.model)
        if self.path.exists():
            self._resume(load(self.path))
        self.around = Surroundings.make(7, options.noises)
        self.started_at = self.step

    def _resume(self, state: State) -> None:
        self.model.load_state_dict(state.weights)
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state.optimiser[name])
        self.mean.weights = {k: v.to(self.device) for k, v in state.mean.items()}
        self.step, self.hours = state.step, state.heard_hours

    def keep(self) -> None:
        """Write a checkpoint."""
        state = State(
            self.step, self.hours, self.model.state_dict(), self.mean.weights,
            {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()},
        )  # fmt: skip
        save(self.path, state)

    def rows(self, seed: int, held_out: bool = False) -> Rows:
        """Read the sources as they are now."""
        materials = []
        for name, _, share in (text.partition(":") for text in self.options.sources):
            if not (self.options.store / f"{name}.phones").exists():
                continue  # the teacher has not come that far
            source = Source(self.options.store, name)
            heard = Heard(self.options.store, source)
            words = Words(self.options.store, name) if self.options.words else None
            materials.append(Material(source, heard, float(share or 1), words))
        return Rows(materials, self.around, seed, held_out)

    def go(self) -> None:
        """Train until the last step."""
        while self.step < self.options.steps:
            rows = Ahead(self.rows(1_000_003 + self.step), self.options)
            before, total = time.monotonic(), {"distil": 0.0, "ctc": 0.0, "steady": 0.0}
            count = min(REREAD, self.options.steps - self.step)
            for _ in range(count):
                for name, value in self.one(rows).items():
                    total[name] += value / count
                if self.step % KEEP == 0:
                    self.keep()
            self.keep()
            speed = count * self.options.rows * SECONDS / (time.monotonic() - before)
            self.note(total, speed)

    def one(self, rows: Ahead) -> dict[str, float]:
        """One step; its losses."""
        options = self.options
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = options.rate * self.slope()
            optimiser.zero_grad(set_to_none=True)
        samples, target, strings = rows.batch()
        logits = self.hear(samples)
        wanted = torch.from_numpy(np.concatenate([target] * rows.views)).to(self.device)
        parts = {"distil": losses.distillation(logits, wanted)}
        parts["ctc"] = losses.ctc(logits, strings * rows.views)
        loss = parts["distil"] + options.ctc * parts["ctc"]
        if options.steady:
            parts["steady"] = losses.unsteadiness(*logits.chunk(2))
            loss = loss + options.steady * parts["steady"]
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers.values():
            optimiser.step()
        self.step += 1
        self.hours += options.rows * SECONDS / 3600
        self.mean.update(self.model, self.step)
        return {name: float(value.detach()) for name, value in parts.items()}

    def slope(self) -> float:
        """Share of the full learning rate at this step."""
        warm = min(1.0, (self.step + 1) / WARMUP)
        left = self.options.steps - self.step
        cooldown = self.options.cooldown
        return warm * (min(1.0, left / cooldown) if cooldown else 1.0)

    def hear(self, samples: np.ndarray) -> torch.Tensor:
        """Logits in full precision, computed in bfloat16."""
        self.model.train()
        with torch.autocast(self.device.type, torch.bfloat16):
            with torch.no_grad(), torch.autocast(self.device.type, enabled=False):
                mel = self.model.ears(torch.from_numpy(samples).to(self.device))
            return self.model.steps(mel)[:, : samples.shape[1] // 320 + 1].float()

    def note(self, total: dict[str, float], speed: float) -> None:
        """Measure on clips that are never trained on; add a line to the curve."""
        line = {"step": self.step, "hours": self.hours, "times_real": speed, **total}
        line["error"] = self.error()
        line = {name: round(value, 5) for name, value in line.items()}
        with (self.options.run / "curve.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(line, flush=True)

    @torch.no_grad()
    def error(self) -> float:
        """Edits per letter between the running mean's strings and the teacher's, same rows."""
        judge = Potato(self.model.size).to(self.device).eval()
        judge.load_state_dict(self.mean.weights)
        samples, target, _ = self.rows(5, held_out=True).batch(32)
        edits = letters = 0
        heard = judge(torch.from_numpy(samples).to(self.device)).argmax(dim=-1)
        for row, wanted in zip(heard.tolist(), losses.strings(target), strict=True):
            edits += Levenshtein.distance(collapse(row), wanted)
            letters += len(wanted)
        return edits / letters if letters else math.nan


def make_optimisers(model: Potato, rate: float) -> dict[str, torch.optim.Optimizer]:
    """Muon for the matrices inside, AdamW for the rest."""
    inside = {
        name: p
        for name, p in model.named_parameters()
        if p.ndim == 2 and not name.startswith("head") and not name.endswith("nearness")
    }
    rest = [p for name, p in model.named_parameters() if name not in inside]
    return {
        "muon": Muon(inside.values(), lr=rate, weight_decay=0.02),
        "adamw": torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.98), weight_decay=0.0),
    }


class Ahead:
    """Puts the next batch together in a thread while the model works on this one."""

    def __init__(self, rows: Rows, options: argparse.Namespace) -> None:
        self.views = 2 if options.steady else 1
        self._make = lambda: rows.batch(options.rows // self.views, self.views)
        self._helper = ThreadPoolExecutor(1)
        self._next = self._helper.submit(self._make)

    def batch(self) -> tuple[Samples, Posteriors, list[list[int]]]:
        """Samples [views * rows, n], targets [rows, frames, letters], strings of the rows."""
        ready = self._next.result()
        self._next = self._helper.submit(self._make)
        return ready


if __name__ == "__main__":
    main()
