"""The optimiser of the matrices inside. Needs torch."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from models.recipe.model import Potato, Size  # noqa: E402
from models.recipe.muon import Muon, orthogonal  # noqa: E402
from models.recipe.train import make_optimisers  # noqa: E402


@pytest.mark.parametrize("shape", [(3, 24, 8), (2, 8, 24), (1, 12, 20)])
def test_updates_are_equally_strong_in_every_direction(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    found = orthogonal(torch.randn(shape) * torch.linspace(0.1, 5, shape[2]))
    assert found.shape == shape
    strengths = torch.linalg.svdvals(found.float())
    assert float(strengths.min()) > 0.3
    assert float(strengths.max()) < 1.4


def test_it_finds_the_least_of_a_bowl() -> None:
    torch.manual_seed(0)
    wanted, found = torch.randn(6, 4), torch.nn.Parameter(torch.zeros(6, 4))
    optimiser = Muon([found], lr=0.05, weight_decay=0.0)
    for step in range(300):
        optimiser.param_groups[0]["lr"] = 0.3 * (1 - step / 300)
        optimiser.zero_grad()
        (found - wanted).square().sum().backward()
        optimiser.step()
    assert float((found.detach() - wanted).abs().max()) < 0.05


def test_weights_without_a_gradient_stay() -> None:
    still = torch.nn.Parameter(torch.ones(3, 3))
    Muon([still], lr=1.0, weight_decay=0.5).step()
    assert torch.equal(still, torch.ones(3, 3))


def test_every_weight_has_one_optimiser_and_both_come_back() -> None:
    model = Potato(Size(width=32, depth=1, heads=2, inner=48))
    optimisers = make_optimisers(model, 1e-3)
    owned = [p for o in optimisers.values() for g in o.param_groups for p in g["params"]]
    assert len(owned) == len({id(p) for p in owned}) == len(list(model.parameters()))
    model(torch.randn(1, 8000) * 0.1).square().mean().backward()
    for name, optimiser in optimisers.items():
        optimiser.step()
        make_optimisers(model, 1e-3)[name].load_state_dict(optimiser.state_dict())
