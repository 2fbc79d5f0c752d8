"""The utterance embedding: one unit vector for a whole utterance, from the network's activations.

    activations [steps, 384] --> 96 --two gated convolutions--> pooled --> 64, length one

Pooling keeps the order: a gate says how much speech a step holds, the running sum of the gates is
how far the utterance has come (0..1, whatever silence lies around it and however fast it is), and
the steps are averaged in `PARTS` overlapping parts of it. Two utterances are alike as the dot
product of their vectors.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH = 384  # activations of two blocks
INNER = 96
PARTS = 6
DIMENSIONS = 64
KERNEL = 7  # steps a convolution sees: 280 ms


class Gated(nn.Module):
    """Depthwise convolution over steps between two linear maps, gated, around a residual."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(INNER)
        self.inward = nn.Linear(INNER, 2 * INNER)
        self.near = nn.Conv1d(INNER, INNER, KERNEL, padding=KERNEL // 2, groups=INNER)
        self.outward = nn.Linear(INNER, INNER)

    def forward(self, x: Tensor, there: Tensor) -> Tensor:
        """[batch, steps, INNER], same shape out; `there` [batch, steps] is 0 where it is padded."""
        gated = functional.glu(self.inward(self.norm(x)), dim=-1) * there[..., None]
        near = self.near(gated.transpose(1, 2)).transpose(1, 2)
        out: Tensor = x + self.outward(functional.silu(near))
        return out


class Embedding(nn.Module):
    """The head on the frozen network."""

    mean: Tensor
    scale: Tensor

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(WIDTH))
        self.register_buffer("scale", torch.ones(WIDTH))
        self.inward = nn.Linear(WIDTH, INNER)
        self.blocks = nn.ModuleList(Gated() for _ in range(2))
        self.norm = nn.LayerNorm(INNER)
        self.gate = nn.Linear(INNER, 1)
        self.dropout = nn.Dropout(dropout)
        self.outward = nn.Linear(PARTS * INNER, DIMENSIONS)

    def standardise(self, steps: Tensor) -> None:
        """Set mean and scale from a sample of activations [n, WIDTH]."""
        self.mean.copy_(steps.mean(0))
        self.scale.copy_(1 / (steps.std(0) + 1e-3))

    def forward(self, steps: Tensor, there: Tensor) -> Tensor:
        """[batch, steps, WIDTH] -> [batch, 64]; `there` [batch, steps] is 0 where it is padded."""
        x = functional.gelu(self.inward((steps - self.mean) * self.scale))
        for block in self.blocks:
            x = block(x, there)
        x = self.norm(x)
        return functional.normalize(self.outward(self.pooled(x, there)), dim=-1)

    def pooled(self, x: Tensor, there: Tensor) -> Tensor:
        """Mean of each overlapping part of the utterance: [batch, PARTS * INNER]."""
        gate = torch.sigmoid(self.gate(x)[..., 0]) * there
        total = gate.sum(dim=1, keepdim=True) + 1e-4
        come = (torch.cumsum(gate, dim=1) - gate / 2) / total
        middles = torch.linspace(0, 1, PARTS, device=x.device)
        near = functional.relu(1 - (PARTS - 1) * (come[..., None] - middles).abs())
        weights = near * gate[..., None]
        weights = weights / (weights.sum(dim=1, keepdim=True) + 1e-4 * total[..., None])
        parts = weights.transpose(1, 2) @ x
        return self.dropout(parts.flatten(1))
