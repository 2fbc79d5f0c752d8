"""Training state on disk: weights, their running mean, the optimiser and the step."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

Weights = dict[str, Tensor]


@dataclass
class State:
    """Everything needed to go on."""

    step: int
    heard_hours: float
    weights: Weights
    mean: Weights
    optimiser: dict[str, Any]


def save(path: Path, state: State) -> None:
    """Write in one go: an interruption leaves the old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    torch.save(vars(state), fresh)
    os.replace(fresh, path)


def load(path: Path) -> State:
    """Read a state; tensors and plain values only, nothing is unpickled into code."""
    return State(**torch.load(path, map_location="cpu", weights_only=True))


def grown(smaller: Weights, model: nn.Module) -> Weights:
    """Weights of a model whose feed-forward parts were narrower, for one that computes the same.

    What is new starts as in a fresh model, and nothing listens to it yet.
    """
    weights = {}
    for name, fresh in model.state_dict().items():
        part = smaller[name]
        if part.shape != fresh.shape:
            heard = part.shape[0] == fresh.shape[0]  # new columns: they listen to what is new
            whole = torch.zeros_like(fresh) if heard else fresh.clone()
            whole[tuple(slice(size) for size in part.shape)] = part
            part = whole
        weights[name] = part
    return weights


class RunningMean:
    """Exponential mean of the weights: steadier than any single step, and what is exported."""

    def __init__(self, model: nn.Module, keep: float = 0.999) -> None:
        self.keep = keep
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Move towards the model; faster in the first steps."""
        keep = min(self.keep, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            self.weights[name].lerp_(value, 1 - keep)
