"""Train the utterance embedding on activations, from the start or from where it stopped.

    python -m models.recipe.train_embedding --store S --run E NAME=PATTERN:SHARE NAME:SHARE ...

Two losses on the same batch. *Contrast*: of everything an item is to be apart from, the one it is
alike shall be the most similar (InfoNCE, temperature `TEMPERATURE`). *Threshold*: one number for
all voices and words divides alike from apart (logistic loss of every pair), so that a similarity
means the same everywhere. The curve goes to E/curve.jsonl, the state to E/state.pt.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.recipe.checkpoints import RunningMean, State, load, save
from models.recipe.draws import Batch, Draws, Voices
from models.recipe.embedding import Embedding
from models.recipe.store import Source
from models.recipe.takes import held_out, parsed, said_in

TEMPERATURE = 0.07
WARMUP = 100
KEEP = 100  # steps between two checkpoints
REREAD = 150  # steps after which activations are read again: there may be more of them


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Train the utterance embedding.")
    parser.add_argument("sources", nargs="+", help="NAME:SHARE or NAME=PATTERN:SHARE, see `takes`")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--groups", type=int, default=6, help="voices of a batch")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--hold", type=int, default=0, help="keep one voice in so many back")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--begin", type=Path, help="a run whose weights a new one starts with")
    Training(parser.parse_args()).go()


class Objective(nn.Module):
    """Both losses; slope and middle of the threshold are learnt, and thrown away afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(10.0))
        self.middle = nn.Parameter(torch.tensor(0.5))

    def forward(self, vectors: Tensor, alike: Tensor, apart: Tensor) -> tuple[Tensor, Tensor]:
        """Unit vectors [n, d] and who is like whom [n, n] -> contrast, threshold."""
        similar = vectors @ vectors.T
        scaled = similar / TEMPERATURE
        others = torch.logsumexp(scaled.masked_fill(~apart, -1e4), dim=1)
        contrast = functional.softplus(others[:, None] - scaled)[alike].mean()
        logits = self.slope * (similar - self.middle)
        # As many alike as apart in the sum, or nothing would ever be alike.
        threshold = (
            functional.softplus(-logits)[alike].mean() + functional.softplus(logits)[apart].mean()
        )
        return contrast, threshold


class Training:
    """One run."""

    def __init__(self, options: argparse.Namespace) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(0)
        self.options = options
        self.path = options.run / "state.pt"
        self.model, self.objective = Embedding(options.dropout), Objective()
        groups = [
            {"params": self.model.parameters(), "weight_decay": 1e-2},
            {"params": self.objective.parameters(), "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=options.rate)
        self.step = 0
        if self.path.exists():
            self._resume(load(self.path))
        else:
            sample = self.draws(5).batch(12)
            self.model.standardise(torch.from_numpy(sample.steps[sample.there > 0]))
            if options.begin:
                self.model.load_state_dict(load(options.begin / "state.pt").mean)
            self.mean = RunningMean(self.model, keep=0.99)

    def _resume(self, state: State) -> None:
        self.model.load_state_dict(state.weights)
        self.optimiser.load_state_dict(state.optimiser["adam"])
        self.objective.load_state_dict(state.optimiser["objective"])
        self.mean = RunningMean(self.model, keep=0.99)
        self.mean.weights = state.mean
        self.step = state.step

    def keep(self) -> None:
        """Write a checkpoint."""
        optimiser = {
            "adam": self.optimiser.state_dict(), "objective": self.objective.state_dict()
        }  # fmt: skip
        save(
            self.path, State(self.step, 0.0, self.model.state_dict(), self.mean.weights, optimiser)
        )

    def draws(self, seed: int) -> Draws:
        """Read the activations as they are now."""
        sources, shares = [], []
        for text in self.options.sources:
            named, _, share = text.rpartition(":")
            name, pattern = parsed(named)
            if not (self.options.store / f"{name}.steps").exists():
                continue  # the activations have not come that far
            voices = self.voices(name, pattern)
            if voices.words:
                sources.append(voices)
                shares.append(float(share))
        return Draws(sources, shares, seed)

    def voices(self, name: str, pattern: str) -> Voices:
        """A source without what is kept for measuring."""
        source = Source(self.options.store, name)
        kept = {
            number: said
            for number, said in said_in(source, pattern).items()
            if not held_out(source, number, said, self.options.hold)
        }
        return Voices(self.options.store, source, kept, talk=not pattern)

    def go(self) -> None:
        """Train until the last step."""
        while self.step < self.options.steps:
            draws = self.draws(1_000_003 + self.step)
            began, contrast, threshold = time.monotonic(), 0.0, 0.0
            count = min(REREAD, self.options.steps - self.step)
            for n in range(1, count + 1):
                one, other = self.one(draws.batch(self.options.groups))
                contrast, threshold = contrast + one, threshold + other
                if self.step % KEEP == 0 or n == count:
                    self.keep()
            self._log(contrast / count, threshold / count, time.monotonic() - began)

    def one(self, batch: Batch) -> tuple[float, float]:
        """One step."""
        self.step += 1
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        self.model.train()
        vectors = self.model(torch.from_numpy(batch.steps), torch.from_numpy(batch.there))
        contrast, threshold = self.objective(
            vectors, torch.from_numpy(batch.alike), torch.from_numpy(batch.apart)
        )
        self.optimiser.zero_grad()
        (contrast + threshold).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.mean.update(self.model, self.step)
        return contrast.item(), threshold.item()

    def rate(self) -> float:
        """Warm up, then a half cosine to nothing."""
        rest = max(0.0, 1 - self.step / self.options.steps)
        falling = 0.5 - 0.5 * math.cos(math.pi * rest)
        return float(self.options.rate * min(1.0, self.step / WARMUP) * falling)

    def _log(self, contrast: float, threshold: float, seconds: float) -> None:
        line = {
            "step": self.step, "contrast": round(contrast, 4), "threshold": round(threshold, 4),
            "seconds": round(seconds, 1),
        }  # fmt: skip
        with (self.options.run / "curve.jsonl").open("a", encoding="utf-8") as curve:
            curve.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
