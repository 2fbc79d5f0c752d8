"""Bit ciphers and label ciphers: the order of the codes and what the rows promise."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from lamp.language_model.embeddings import capacity, cipher_rows, codes, label_ciphers


def test_two_bit_codes_of_five_bits_come_in_the_published_order() -> None:
    two = [f"{first}{second}" for first, second in islice(codes(5), 5, 15)]
    assert " ".join(two) == "34 24 14 04 23 13 03 12 02 01"


def test_the_most_frequent_tokens_are_one_hot() -> None:
    assert np.array_equal(cipher_rows(4, 4), np.eye(4))


@pytest.mark.parametrize("bits", [1, 2, 5, 8])
def test_there_are_as_many_codes_as_non_empty_sets_of_bits(bits: int) -> None:
    every = list(codes(bits))
    assert len(set(every)) == len(every) == capacity(bits) == 2**bits - 1


def test_shorter_codes_come_first() -> None:
    lengths = [len(code) for code in codes(6)]
    assert lengths == sorted(lengths)


def test_rows_are_distributions_over_bits() -> None:
    rows = cipher_rows(255, 8)
    assert rows.min() >= 0
    assert np.allclose(rows.sum(axis=1), 1)
    assert len(np.unique(rows, axis=0)) == 255


def test_more_tokens_than_codes_are_refused() -> None:
    with pytest.raises(ValueError, match="7 tokens apart, not 8"):
        cipher_rows(8, 3)


def test_every_action_has_a_hidden_unit_of_its_own() -> None:
    assert np.array_equal(label_ciphers(5), np.eye(5))
