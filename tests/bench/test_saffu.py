"""SAFFU as a language model of text: contexts, counts, and every gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest

from bench.science.saffu import explicit
from bench.science.saffu.contexts import contexts, document_means
from bench.science.saffu.descent import (
    descend,
    embedding_gradient,
    exponentiated,
    gradient,
    unfreeze,
)
from bench.science.saffu.embed import embed, random_codes
from bench.science.saffu.network import (
    Reader,
    Sizes,
    Weights,
    forward,
    nothing_known,
    perplexity,
    surprise,
)

SIZES = Sizes(vocabulary=12, bits=5, radii=(1,), block=4, radial=3, document=9, hidden=5)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def text(rng: np.random.Generator) -> np.ndarray:
    """Every token is followed by one of two others, so that the pivot says most."""
    said = [0]
    for coin in rng.random(3000):
        said.append((5 * said[-1] + (1 if coin < 0.8 else 5)) % SIZES.vocabulary)
    return np.array(said)


@pytest.fixture
def reader(text: np.ndarray) -> Reader:
    return Reader(text, embed(text, SIZES.vocabulary, SIZES.bits, SIZES.radii), SIZES)


@pytest.fixture
def places(text: np.ndarray) -> np.ndarray:
    return np.arange(SIZES.radial, len(text))


@pytest.fixture
def weights(rng: np.random.Generator) -> Weights:
    return Weights(*(rng.normal(size=each.shape) for each in nothing_known(SIZES)))


def test_the_block_wraps_and_the_pivot_is_in_every_context(text: np.ndarray) -> None:
    places = np.arange(4, 40)
    found = contexts(text, places, block=4, radial=3)
    assert found.inside.sum(axis=1).tolist() == [4, *(1 + (place - 1) % 4 for place in places[1:])]
    last = found.inside.sum(axis=1) - 1
    assert (found.block[np.arange(len(places)), last] == text[places - 1]).all()
    assert (found.radial[:, 0] == found.pivot).all()
    assert (found.radial[:, 2] == text[places - 3]).all()


def test_a_document_is_the_mean_of_what_was_said_lately(reader: Reader, text: np.ndarray) -> None:
    ends = np.array([0, 3, *range(4, 30), 30, *range(31, 2500)])
    means = document_means(text, ends, reader.embeddings, 9)
    assert not means[0].any()
    assert means[1] == pytest.approx(reader.embeddings[text[:3]].mean(axis=0), abs=1e-5)
    assert means[-1] == pytest.approx(reader.embeddings[text[2490:2499]].mean(axis=0), abs=1e-5)
    assert means[28] == pytest.approx(reader.embeddings[text[21:30]].mean(axis=0), abs=1e-5)


def test_no_place_sees_the_token_that_it_should_tell(reader: Reader, weights: Weights) -> None:
    place = 50
    before = forward(weights, reader, reader.at(np.array([place]))).logits
    other = reader.text.copy()
    other[place:] = 0
    changed = Reader(other, reader.embeddings, SIZES)
    assert forward(weights, changed, changed.at(np.array([place]))).logits == pytest.approx(before)


def test_embeddings_have_a_distribution_for_each_part(reader: Reader) -> None:
    parts = reader.embeddings.reshape(SIZES.vocabulary, 2, SIZES.bits)
    assert (parts >= 0).all()
    assert parts.sum(axis=2) == pytest.approx(np.ones((SIZES.vocabulary, 2)), abs=1e-6)


def test_random_codes_are_distributions(rng: np.random.Generator) -> None:
    codes = random_codes(20, 6, rng)
    assert codes.sum(axis=1) == pytest.approx(np.ones(20))
    assert set((codes > 0).sum(axis=1)) == {1, 2}


@pytest.fixture
def exact(reader: Reader) -> Reader:
    """The same in double precision, for finite differences."""
    reader.refresh(reader.embeddings.astype(np.float64))
    return reader


@pytest.mark.parametrize("name", Weights._fields)
def test_gradient_is_the_slope_of_the_loss(
    name: str, weights: Weights, exact: Reader, rng: np.random.Generator
) -> None:
    batch = exact.at(np.arange(20, 31))

    def loss(moved: Weights) -> float:
        return float(surprise(forward(moved, exact, batch).logits, batch.targets).mean())

    slope, _ = gradient(weights, exact, batch, forward(weights, exact, batch))
    direction = rng.normal(size=getattr(weights, name).shape)
    ahead, behind = (
        weights._replace(**{name: getattr(weights, name) + side * 1e-5 * direction})
        for side in (1, -1)
    )
    expected = (loss(ahead) - loss(behind)) / 2e-5
    assert float((getattr(slope, name) * direction).sum()) == pytest.approx(expected, rel=1e-5)


def test_embeddings_have_the_slope_of_the_loss(
    weights: Weights, exact: Reader, rng: np.random.Generator
) -> None:
    batch = exact.at(np.arange(20, 31))
    still = exact.embeddings
    done = forward(weights, exact, batch)
    _, above = gradient(weights, exact, batch, done)
    slope = embedding_gradient(weights, exact, batch, done, above)
    direction = rng.normal(size=still.shape)

    def loss(moved: np.ndarray) -> float:
        exact.move(moved)  # the batch keeps the means of its documents
        return float(surprise(forward(weights, exact, batch).logits, batch.targets).mean())

    expected = (loss(still + 1e-5 * direction) - loss(still - 1e-5 * direction)) / 2e-5
    assert float((slope * direction).sum()) == pytest.approx(expected, rel=1e-4)


def test_hidden_targets_are_bayes_rule(reader: Reader, weights: Weights) -> None:
    batch = reader.at(np.array([40, 41, 42]))
    done = forward(weights, reader, batch).radial
    values = weights.hidden[: SIZES.width]
    said = np.zeros((3, SIZES.hidden), dtype=np.float32)
    target = explicit.label_ciphers(reader)[batch.targets]
    tau = explicit.hidden_targets(done, values, said, target)
    for row in range(3):
        alone = np.exp(done.vectors[row] @ values)
        alone /= alone.sum(axis=1, keepdims=True)
        right = np.exp((np.log(alone) * target[row]).sum(axis=1)) * done.attention[row]
        assert tau[row] == pytest.approx(right / right.sum(), abs=1e-4)


def test_the_surprise_is_at_most_what_the_tokens_alone_would_cost(
    reader: Reader, weights: Weights
) -> None:
    done = forward(weights, reader, reader.at(np.arange(20, 60))).radial
    values = weights.hidden[: SIZES.width]

    def surprises(logits: np.ndarray) -> np.ndarray:
        return np.log(np.exp(logits).sum(axis=-1, keepdims=True)) - logits

    together = surprises(done.output @ values)
    apart = (surprises(done.vectors @ values) * done.attention[:, :, None]).sum(axis=1)
    assert (together <= apart + 1e-4).all()


def test_attention_rounds_find_the_token_that_matters(reader: Reader, places: np.ndarray) -> None:
    found = explicit.warm_start(reader, places, attention_rounds=4)
    attention = forward(found, reader, reader.at(places[:100])).radial.attention.mean(axis=0)
    assert attention[0] > 0.8


def test_each_output_round_is_better_than_the_one_before(
    reader: Reader, places: np.ndarray
) -> None:
    found = [
        perplexity(explicit.warm_start(reader, places, 2, k), reader, places) for k in (0, 2, 4)
    ]
    assert found[0] > found[1] > found[2]


def test_the_explicit_stack_beats_the_unigram_model(reader: Reader, places: np.ndarray) -> None:
    counts = np.bincount(reader.text[places], minlength=SIZES.vocabulary) + 1.0
    unigram = float(np.exp(-np.log((counts / counts.sum())[reader.text[places]]).mean()))
    assert perplexity(explicit.warm_start(reader, places), reader, places) < 0.8 * unigram


def test_steps_go_on_from_the_warm_start(
    reader: Reader, places: np.ndarray, rng: np.random.Generator
) -> None:
    warm = explicit.warm_start(reader, places)
    ticks = iter(range(1000))
    *_, (spent, moved) = descend(
        warm, reader, places, 4, rng, 0.05, clock=lambda: float(next(ticks))
    )
    assert spent == 4  # each round of steps took one tick
    assert perplexity(moved, reader, places) < 0.95 * perplexity(warm, reader, places)


def test_uniform_attention_stays_uniform(
    reader: Reader, places: np.ndarray, rng: np.random.Generator
) -> None:
    start = explicit.warm_start(reader, places, attention_rounds=0)
    ticks = iter(range(1000))
    _, moved = next(
        descend(start, reader, places, 1, rng, attending=False, clock=lambda: float(next(ticks)))
    )
    assert not moved.block.any()
    assert not moved.radial.any()


def test_the_third_phase_moves_embeddings_and_keeps_their_norm(
    reader: Reader, places: np.ndarray, rng: np.random.Generator
) -> None:
    warm, still = explicit.warm_start(reader, places), reader.embeddings.copy()
    before = perplexity(warm, reader, places)
    ticks = iter(range(1000))
    *_, (_, moved) = unfreeze(warm, reader, places, 8, rng, 0.03, clock=lambda: float(next(ticks)))
    assert np.abs(reader.embeddings - still).max() > 0.01
    parts = reader.embeddings.reshape(SIZES.vocabulary, 2, SIZES.bits)
    assert parts.sum(axis=2) == pytest.approx(np.ones((SIZES.vocabulary, 2)), abs=1e-4)
    assert perplexity(moved, reader, places) < before


def test_an_exponentiated_step_goes_downhill() -> None:
    moved = exponentiated(np.array([[0.5, 0.5, 1.0, 0.0]]), np.array([[1.0, -1.0, 0, 0]]), 0.5, 2)
    assert moved.round(3).tolist() == [[0.269, 0.731, 1.0, 0.0]]
