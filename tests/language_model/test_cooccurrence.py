"""Co-occurrence ciphers: neighbours are counted within their document, rows sum to one."""

from __future__ import annotations

import numpy as np

from lamp.language_model.embeddings import (
    cipher_rows,
    cooccurrence_rows,
    embeddings,
    neighbour_counts,
    ranked_ciphers,
)

DOCUMENTS = [np.array([0, 1, 2, 1]), np.array([3, 0])]


def test_neighbours_at_distance_one_are_counted_both_ways() -> None:
    counts = neighbour_counts(DOCUMENTS, 4, 1)
    wanted = np.zeros((4, 4))
    for left, right in ((0, 1), (1, 2), (2, 1), (3, 0)):
        wanted[left, right] += 1
        wanted[right, left] += 1
    assert np.array_equal(counts, wanted)


def test_neighbours_are_not_counted_across_documents() -> None:
    assert neighbour_counts(DOCUMENTS, 4, 3)[1, 3] == 0


def test_a_wider_radius_holds_the_narrower_one() -> None:
    near, wide = neighbour_counts(DOCUMENTS, 4, 1), neighbour_counts(DOCUMENTS, 4, 2)
    assert (wide >= near).all()
    assert wide[0, 2] == 1
    assert wide[1, 1] == 2


def test_a_token_without_neighbours_keeps_its_cipher() -> None:
    ciphers = cipher_rows(3, 2)
    rows = cooccurrence_rows(ciphers, np.zeros((3, 3)))
    assert np.array_equal(rows, ciphers)


def test_the_row_is_the_mean_cipher_of_the_neighbours() -> None:
    rows = cooccurrence_rows(np.eye(3), np.array([[0, 3, 1], [3, 0, 0], [1, 0, 0]], float))
    assert np.allclose(rows[0], [0, 0.75, 0.25])


def test_embeddings_are_distributions_of_the_stated_width() -> None:
    table = embeddings(cipher_rows(4, 3), DOCUMENTS, (1, 2))
    assert table.shape == (4, 9)
    assert table.min() >= 0
    assert np.allclose(table.sum(axis=1), 1)


def test_tokens_in_the_same_company_get_alike_embeddings() -> None:
    said = [np.array([1, 0, 2]), np.array([1, 3, 2]), np.array([4, 5, 4])]
    ciphers = cipher_rows(6, 6)
    rows = cooccurrence_rows(ciphers, neighbour_counts(said, 6, 1))
    assert rows[0] @ rows[3] > rows[0] @ rows[5]


def test_frequent_tokens_get_short_codes_and_the_unknown_one_comes_last() -> None:
    rows = ranked_ciphers(["<unk>", "a", "b", "c"], [np.array([2, 3, 3])], 3)
    assert rows[3].tolist() == [1, 0, 0]  # twice
    assert rows[2].tolist() == [0, 1, 0]  # once
    assert rows[1].tolist() == [0, 0, 1]  # never
    assert rows[0].tolist() == [0, 0.5, 0.5]
