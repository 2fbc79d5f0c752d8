"""A model may grow between two runs, and goes on where it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [models]")

from models.recipe.checkpoints import grown  # noqa: E402
from models.recipe.model import Potato, Size  # noqa: E402

NARROW = Size(width=32, depth=2, heads=2, inner=48)


def test_a_wider_model_computes_what_the_narrow_one_did() -> None:
    torch.manual_seed(0)
    narrow = Potato(NARROW).eval()
    wide = Potato(replace(NARROW, inner=80)).eval()
    sound = 0.1 * torch.randn(2, 16_000)
    assert not torch.allclose(wide(sound), narrow(sound), atol=1e-3)
    wide.load_state_dict(grown(narrow.state_dict(), wide))
    torch.testing.assert_close(wide(sound), narrow(sound))


def test_what_is_new_learns() -> None:
    torch.manual_seed(0)
    narrow = Potato(NARROW)
    wide = Potato(replace(NARROW, inner=80))
    wide.load_state_dict(grown(narrow.state_dict(), wide))
    wide(0.1 * torch.randn(2, 16_000)).square().mean().backward()
    listening = wide.blocks[0].parts[2][2].weight.grad
    assert listening is not None
    assert bool((listening[:, 48:] != 0).any())
