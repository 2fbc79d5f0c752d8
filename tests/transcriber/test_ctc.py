from __future__ import annotations

import itertools
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lamp.transcriber import ctc
from lamp.transcriber.alphabet import Alphabet
from lamp.transcriber.ctc import best_path, best_texts, expected_ngrams

ALPHABET = Alphabet(("<pad>", "|", "a", "b"), blank=0)


def frames(*rows: tuple[float, float, float, float]) -> np.ndarray:
    table = np.array(rows, np.float32) + np.float32(1e-9)
    return np.log(table / table.sum(axis=1, keepdims=True))


def path(text: str, sure: float = 0.97) -> np.ndarray:
    rest = (1 - sure) / 3
    columns = ["-|ab".index(letter) for letter in text]
    return np.log(np.array([[sure if c == k else rest for k in range(4)] for c in columns]))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("-aa-ab", "aab"),
        ("aaaa", "a"),
        ("a-a", "aa"),
        ("||a||b||", "a b"),
        ("a|-|b", "a b"),
        ("----", ""),
    ],
)
def test_repeats_merge_and_blanks_vanish(written: str, text: str) -> None:
    assert best_path(path(written), ALPHABET)[0] == text


def test_no_frames_are_no_text() -> None:
    assert best_path(np.empty((0, 4), np.float32), ALPHABET) == ("", 0.0)


def test_confidence_is_the_geometric_mean_of_the_characters() -> None:
    told = np.log([[0.1, 0.0001, 0.8, 0.1], [0.9, 0.03, 0.03, 0.04], [0.3, 0.1, 0.1, 0.5]])
    text, confidence = best_path(told.astype(np.float32), ALPHABET)
    assert text == "ab"
    assert confidence == pytest.approx(np.sqrt(0.8 * 0.5), rel=1e-4)


def test_special_symbols_are_never_written() -> None:
    alphabet = Alphabet(("<pad>", "<s>", "<unk>", "a"), blank=0)
    told = np.log(np.array([[0.1, 0.7, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7], [0.1, 0.1, 0.7, 0.1]]))
    assert best_path(told, alphabet)[0] == "a"


def every_text(log_probabilities: np.ndarray) -> dict[str, float]:
    """Exact: all paths, one by one."""
    total: dict[str, float] = {}
    columns = range(log_probabilities.shape[1])
    for way in itertools.product(columns, repeat=len(log_probabilities)):
        merged = [key for key, _ in itertools.groupby(way)]
        text = ALPHABET.spell(merged)
        height = sum(log_probabilities[frame, column] for frame, column in enumerate(way))
        total[text] = total.get(text, 0.0) + float(np.exp(height))
    return total


def random_frames(seed: int, evenness: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.full(4, evenness), size=4).astype(np.float32) + 1e-6
    return np.log(table / table.sum(axis=1, keepdims=True))


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_wide_beam_finds_exactly_what_counting_every_path_finds(seed: int) -> None:
    told = random_frames(seed, evenness=0.5)
    exact = sorted(every_text(told).items(), key=lambda entry: -entry[1])
    with patch.multiple(ctc, BEAM=10_000, MOST_SYMBOLS=4, UNLIKELY=-1e9):
        found = best_texts(told, ALPHABET, most=3)
    assert [p for _, p in found] == pytest.approx([p for _, p in exact[:3]], rel=0.01)
    assert dict(found).keys() <= dict(exact).keys()


@given(st.integers(0, 10_000))
@example(3823)  # a symbol right after itself, with no chance of a blank between
@settings(max_examples=30, deadline=None)
def test_the_beam_finds_most_of_what_is_likely_and_counts_nothing_twice(seed: int) -> None:
    told = random_frames(seed, evenness=0.1)  # as decided as a model's frames are
    exact = every_text(told)
    found = best_texts(told, ALPHABET, most=3)
    assert found[0][1] >= 0.7 * max(exact.values())
    for text, probability in found:
        assert probability <= exact[text] + 1e-5
    assert found == sorted(found, key=lambda entry: -entry[1])


def test_the_best_text_may_differ_from_the_best_path() -> None:
    told = frames((0.6, 0.0, 0.4, 0.0), (0.6, 0.0, 0.4, 0.0))
    assert best_path(told, ALPHABET)[0] == ""
    texts = dict(best_texts(told, ALPHABET, most=2))
    assert texts["a"] == pytest.approx(0.64, abs=1e-3)
    assert texts[""] == pytest.approx(0.36, abs=1e-3)


def test_a_long_stretch_of_blank_keeps_repeats_apart() -> None:
    told = np.concatenate([path("a"), path("-" * 50, sure=0.99999), path("a")])
    assert best_texts(told, ALPHABET, most=1)[0][0] == "aa"


def test_a_frame_that_surely_is_no_blank_is_followed() -> None:
    assert best_texts(path("ab", sure=0.9999), ALPHABET, most=1)[0][0] == "ab"


def test_expected_counts_weigh_the_alternatives() -> None:
    counts = expected_ngrams([("ab", 0.6), ("b", 0.2)], length=2)
    assert counts == pytest.approx({" a": 0.75, "ab": 0.75, "b ": 1.0, " b": 0.25})


def test_nothing_has_no_ngrams() -> None:
    assert expected_ngrams([("", 1.0)], length=2) == {}
    assert expected_ngrams([], length=2) == {}
