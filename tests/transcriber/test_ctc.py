from __future__ import annotations

import numpy as np
import pytest

from lamp.transcriber.alphabet import Alphabet
from lamp.transcriber.ctc import best_path

ALPHABET = Alphabet(("<pad>", "|", "a", "b"), blank=0)


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
