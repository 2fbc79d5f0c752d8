"""The head: silence and padding do not count, order does."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the extra [models]")

from models.recipe.embedding import DIMENSIONS, INNER, PARTS, WIDTH, Embedding  # noqa: E402
from models.recipe.train_embedding import Objective  # noqa: E402


@pytest.fixture
def head() -> Embedding:
    torch.manual_seed(0)
    return Embedding().eval()


def test_vectors_have_length_one(head: Embedding) -> None:
    steps = 5 * torch.randn(3, 20, WIDTH)
    vectors = head(steps, torch.ones(3, 20))
    assert vectors.shape == (3, DIMENSIONS)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))


def test_padding_does_not_count(head: Embedding) -> None:
    steps = torch.randn(1, 30, WIDTH)
    there = torch.ones(1, 30)
    there[:, 20:] = 0
    torch.testing.assert_close(head(steps, there), head(steps[:, :20], there[:, :20]))


def test_order_counts(head: Embedding) -> None:
    one, other = torch.randn(2, 1, 15, WIDTH).unbind()
    there = torch.ones(1, 30)
    before, after = (head(torch.cat(pair, 1), there) for pair in ((one, other), (other, one)))
    assert (before * after).sum().item() < 0.98


def test_parts_are_of_the_speech_not_of_the_time(head: Embedding) -> None:
    """Gates near zero before and after: pooled as if nothing had been there."""
    with torch.no_grad():
        head.gate.weight.zero_()
        head.gate.weight[0, 0] = 20.0
        head.gate.bias.fill_(-10.0)
    speech = torch.randn(1, 12, INNER)
    speech[..., 0] = 1.0
    silence = torch.randn(1, 9, INNER)
    silence[..., 0] = -1.0
    alone = head.pooled(speech, torch.ones(1, 12))
    within = head.pooled(torch.cat([silence, speech, silence], 1), torch.ones(1, 30))
    torch.testing.assert_close(alone, within, atol=2e-3, rtol=1e-2)


def test_pooling_does_not_count_how_slow_it_was(head: Embedding) -> None:
    speech = torch.randn(1, 40, INNER).cumsum(1) / 6
    slow = speech.repeat_interleave(2, dim=1)
    quick, long = head.pooled(speech, torch.ones(1, 40)), head.pooled(slow, torch.ones(1, 80))
    torch.testing.assert_close(quick, long, atol=0.05, rtol=0.05)
    assert quick.shape == (1, PARTS * INNER)


def test_the_objective_falls_as_pairs_agree() -> None:
    objective = Objective()
    label = torch.tensor([0, 0, 1, 1])
    same = label[:, None] == label
    alike, apart = same & ~torch.eye(4, dtype=torch.bool), ~same
    good = torch.eye(4)[label]
    bad = torch.eye(4)[[0, 1, 0, 1]]
    for better, worse in zip(
        objective(good, alike, apart), objective(bad, alike, apart), strict=True
    ):
        assert better.item() < worse.item() - 0.5


def test_other_peoples_words_do_not_enter() -> None:
    objective = Objective()
    torch.manual_seed(0)
    vectors = torch.nn.functional.normalize(torch.randn(5, 8), dim=-1)
    alike = torch.zeros(5, 5, dtype=torch.bool)
    alike[0, 1] = alike[1, 0] = True
    apart = torch.zeros(5, 5, dtype=torch.bool)
    apart[0, 2] = apart[2, 0] = apart[1, 2] = apart[2, 1] = True
    moved = vectors.clone()
    moved[3:] = -moved[3:]
    assert objective(vectors, alike, apart)[0] == objective(moved, alike, apart)[0]
