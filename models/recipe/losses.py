"""What training wants: the teacher's posteriors frame by frame, its string, and steadiness."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.recipe.letters import BLANK, collapse

SOUND_WEIGHT = 4.0  # a frame of pure sound counts 1 + this, a frame of pure blank 1
NOISE_WEIGHT = 8.0  # every frame of a row in which nobody speaks; 5 before the fifth round


def distillation(logits: Tensor, target: Tensor) -> Tensor:
    """Cross entropy with the teacher's posteriors; both [rows, frames, letters]."""
    sound = 1 - target[..., BLANK]
    noise = (sound.amax(dim=-1, keepdim=True) < 1e-3).float()
    weight = 1 + SOUND_WEIGHT * sound + (NOISE_WEIGHT - 1) * noise
    entropy = -(target * torch.log_softmax(logits, dim=-1)).sum(dim=-1)
    return (weight * entropy).sum() / weight.sum()


def strings(target: NDArray[np.float32]) -> list[list[int]]:
    """Letters the teacher would write for each row of [rows, frames, letters]."""
    return [collapse(row.tolist()) for row in target.argmax(axis=-1)]


def ctc(logits: Tensor, wanted: list[list[int]]) -> Tensor:
    """CTC loss per letter: the string counts, its timing does not. Logits [rows, frames, k]."""
    lengths = torch.tensor([len(row) for row in wanted])
    joined = torch.tensor([symbol for row in wanted for symbol in row], dtype=torch.long)
    frames = torch.full((len(wanted),), logits.shape[1])
    log_probs = torch.log_softmax(logits, dim=-1).transpose(0, 1)
    losses = functional.ctc_loss(
        log_probs, joined, frames, lengths, blank=BLANK, reduction="sum", zero_infinity=True
    )
    return losses / (lengths.sum() + len(wanted))


def unsteadiness(logits: Tensor, other: Tensor) -> Tensor:
    """Divergence, both ways, between two hearings of the same rows."""
    first, second = torch.log_softmax(logits, dim=-1), torch.log_softmax(other, dim=-1)
    apart = (first.exp() - second.exp()) * (first - second)
    weight = 1 + SOUND_WEIGHT * (1 - 0.5 * (first.exp() + second.exp())[..., BLANK].detach())
    return (weight * apart.sum(dim=-1)).sum() / weight.sum()
