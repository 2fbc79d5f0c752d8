"""Muon: momentum whose update is brought to equal strength in every direction.

Source: K. Jordan and others, "Muon: an optimizer for hidden layers in neural networks" (2024);
the scale that lets it share AdamW's learning rate and weight decay is from Liu and others,
"Muon is scalable for LLM training" (2025). For the matrices inside; biases, norms, convolutions
and the head stay with AdamW.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

CURVE = (3.4445, -4.7750, 2.0315)  # a x + b x^3 + c x^5 drives singular values towards one
ROUNDS = 5
MOMENTUM = 0.95
LIKE_ADAM = 0.2  # root mean square of an AdamW update, in learning rates


class Muon(torch.optim.Optimizer):
    """For parameters with two dimensions only.

    Args:
        params: matrices.
        lr: as for AdamW.
        weight_decay: decoupled, as AdamW's.
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float, weight_decay: float) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Move every matrix that has a gradient; `closure`, if given, works them out first."""
        loss = closure() if closure else None
        for group in self.param_groups:
            for shape in {p.shape for p in group["params"]}:
                alike = [p for p in group["params"] if p.shape == shape and p.grad is not None]
                if alike:
                    self._move(alike, group["lr"], group["weight_decay"])
        return loss

    def _move(self, matrices: list[nn.Parameter], rate: float, decay: float) -> None:
        pushes = torch.stack([self._push(matrix) for matrix in matrices])
        even = orthogonal(pushes) * (LIKE_ADAM * math.sqrt(max(pushes.shape[1:])))
        for matrix, update in zip(matrices, even, strict=True):
            matrix.mul_(1 - rate * decay).add_(update.to(matrix.dtype), alpha=-rate)

    def _push(self, matrix: nn.Parameter) -> Tensor:
        """Nesterov momentum; shape of the matrix."""
        assert matrix.grad is not None
        state = self.state[matrix]
        if not state:
            state["momentum"] = torch.zeros_like(matrix)
        state["momentum"].lerp_(matrix.grad, 1 - MOMENTUM)
        return matrix.grad.lerp(state["momentum"], MOMENTUM)


def orthogonal(pushes: Tensor) -> Tensor:
    """About the nearest matrices whose singular values are all one; [many, rows, columns]."""
    tall = pushes.shape[1] > pushes.shape[2]
    x = (pushes.mT if tall else pushes).bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = CURVE
    for _ in range(ROUNDS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if tall else x
