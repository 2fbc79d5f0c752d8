"""The small parts: sparse rows, n-grams, budgets, settings, the descent."""

from __future__ import annotations

import numpy as np
import pytest

from lamp.language_model import PRESETS, Settings, SettingsInvalid, StepBudget, TimeBudget, sizes_at
from lamp.language_model.arrays import Floats, softmax
from lamp.language_model.features import SparseRows
from lamp.language_model.lbfgs import descend
from lamp.language_model.refine import ShareOfBudget
from lamp.language_model.text import GramIndex, grams


@pytest.fixture
def rows() -> tuple[SparseRows, Floats]:
    rng = np.random.default_rng(2)
    matrix = rng.random((5, 7)) * (rng.random((5, 7)) < 0.4)
    matrix[2] = 0
    sparse = SparseRows.stack([(np.flatnonzero(row), row[row > 0]) for row in matrix])
    return sparse, matrix


def test_sparse_products_are_those_of_the_dense_matrix(rows: tuple[SparseRows, Floats]) -> None:
    sparse, matrix = rows
    rng = np.random.default_rng(3)
    right, left = rng.random((7, 3)), rng.random((5, 2))
    assert np.allclose(sparse.times(right), matrix @ right)
    assert np.allclose(sparse.transposed_times(left, 7), matrix.T @ left)


def test_softmax_survives_large_numbers() -> None:
    assert np.allclose(softmax(np.array([1000.0, 1000.0, -1000.0])), [0.5, 0.5, 0])


def test_grams_cover_the_ends_of_the_text() -> None:
    assert list(grams("on", 3)) == [" ", "o", "n", " o", "on", "n ", " on", "on "]


def test_a_text_has_length_one_where_all_its_grams_are_known() -> None:
    index = GramIndex(3, 100)
    index.learn("lights on")
    assert np.sum(index.row("lights on")[1] ** 2) == pytest.approx(1)
    assert np.sum(index.row("lights of")[1] ** 2) < 1


def test_a_text_of_unknown_grams_has_an_empty_row() -> None:
    index = GramIndex(4, 100, ["a"])
    assert len(index.row("zz")[0]) == 0


def test_ids_stay_when_more_is_learned_and_their_number_is_bounded() -> None:
    index = GramIndex(2, 6)
    index.learn("ab")
    before = index.grams
    index.learn("cdefgh")
    assert index.grams[: len(before)] == before
    assert len(index) == 6


def test_a_step_budget_counts_the_questions() -> None:
    budget = StepBudget(4)
    assert [budget.fraction() for _ in range(5)] == [0, 0.25, 0.5, 0.75, 1]


def test_a_time_budget_reads_the_clock_it_was_given() -> None:
    now = [10.0]
    budget = TimeBudget(2.0, lambda: now[0])
    assert budget.fraction() == 0
    now[0] = 13.0
    assert budget.fraction() == 1.5


@pytest.mark.parametrize("budget", [StepBudget(0), TimeBudget(0, lambda: 1.0)])
def test_an_empty_budget_is_spent(budget: StepBudget | TimeBudget) -> None:
    assert budget.fraction() >= 1


def test_a_share_of_a_budget_ends_where_it_should() -> None:
    share = ShareOfBudget(StepBudget(4), 0.0, 0.5)
    assert [share.fraction() for _ in range(3)] == [0, 0.5, 1]


@pytest.mark.parametrize(
    "wrong",
    [{"bits": 0}, {"pseudo_count": 0.0}, {"l2": -1.0}, {"radii": (0,)}, {"vocabulary": 300}],
)
def test_settings_outside_their_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(
        SettingsInvalid, match=next(iter(wrong)) if "voc" not in str(wrong) else "8 bits"
    ):
        Settings(**wrong)  # type: ignore[arg-type]


def test_there_are_four_presets_and_each_is_larger_than_the_one_before() -> None:
    assert list(PRESETS) == ["potato", "micro", "small", "big"]
    sizes = [preset.vocabulary for preset in PRESETS.values()]
    assert sizes == sorted(set(sizes))


def test_sizes_double_with_the_diary_and_stop_somewhere() -> None:
    sizes = [
        sizes_at(PRESETS["potato"], count).vocabulary
        for count in (0, 999, 1_000, 2_000, 4_000, 10**6)
    ]
    assert sizes == [63, 63, 126, 252, 504, 504]
    assert sizes_at(PRESETS["potato"], 500) == PRESETS["potato"]


def test_the_descent_finds_the_bottom_of_a_narrow_valley() -> None:
    scale = np.array([1.0, 100.0, 0.01])
    bottom = np.array([3.0, -1.0, 2.0])

    def valley(vector: Floats) -> tuple[float, Floats]:
        return float(scale @ (vector - bottom) ** 2) / 2, scale * (vector - bottom)

    points = list(descend(valley, np.zeros(3)))
    values = [point.value for point in points]
    assert values == sorted(values, reverse=True)
    assert len(points) < 60
    assert np.allclose(points[-1].vector, bottom, atol=1e-3)


def test_a_guess_of_the_curvature_saves_steps_and_finds_the_same_bottom() -> None:
    scale = np.array([1.0, 3000.0, 0.01, 40.0])
    bottom = np.array([3.0, -1.0, 2.0, 0.5])

    def valley(vector: Floats) -> tuple[float, Floats]:
        away = vector - bottom
        return float(scale @ (away**2 + away**4)) / 2, scale * (away + 2 * away**3)

    plain = list(descend(valley, np.zeros(4)))
    guided = list(descend(valley, np.zeros(4), scale * 2))
    assert len(guided) < len(plain)
    assert np.allclose(guided[-1].vector, bottom, atol=1e-3)
    assert guided[-1].value == pytest.approx(valley(guided[-1].vector)[0])


def test_rows_without_entries_are_zero_in_a_sparse_product() -> None:
    sparse = SparseRows.stack([(np.zeros(0, np.int64), np.zeros(0))] * 2)
    assert np.array_equal(sparse.times(np.ones((4, 3))), np.zeros((2, 3)))
    assert np.array_equal(sparse.transposed_times(np.ones((2, 3)), 4), np.zeros((4, 3)))
