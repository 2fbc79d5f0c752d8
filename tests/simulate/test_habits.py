"""Households differ, within the bounds that are written down."""

from __future__ import annotations

import random
from dataclasses import Field, fields
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

import lamp
from lamp.simulate.habits import Habits, draw_habits

MANY = [draw_habits(random.Random(seed)) for seed in range(400)]
DRAWN = [
    one for one in fields(Habits) if len(set(one.metadata["range"])) == 2
]  # the others are the same everywhere


@pytest.mark.parametrize("one", DRAWN, ids=lambda one: one.name)
def test_every_habit_is_drawn_and_uses_its_whole_range(one: Field[Any]) -> None:
    least, most = one.metadata["range"]
    values = [getattr(habits, one.name) for habits in MANY]
    if one.name == "shows_per_hour":
        values = [value for value in values if value]
    assert least <= min(values) < least + 0.1 * (most - least)
    assert most - 0.1 * (most - least) < max(values) <= most


def test_what_is_usual_lies_within_the_range() -> None:
    for one in fields(Habits):
        least, most = one.metadata["range"]
        assert least <= getattr(Habits(), one.name) <= most


def test_the_same_seed_draws_the_same_household() -> None:
    assert draw_habits(random.Random(3)) == draw_habits(random.Random(3))
    assert draw_habits(random.Random(3)) != draw_habits(random.Random(4))


def test_some_households_have_friends_to_show_the_lamp_to() -> None:
    assert 0.25 < mean(habits.shows_per_hour > 0 for habits in MANY) < 0.45
    everybody = [draw_habits(random.Random(seed), p_shows=1.0) for seed in range(50)]
    assert all(habits.shows_per_hour >= 2 for habits in everybody)


def test_what_a_scenario_fixes_is_not_drawn_and_changes_nothing_else() -> None:
    free, fixed = draw_habits(random.Random(1)), draw_habits(random.Random(1), p_notice=0.7)
    assert fixed.p_notice == 0.7
    assert fixed.reaction_median == free.reaction_median


def test_a_delay_has_the_median_it_is_given() -> None:
    rng = random.Random(1)
    delays = sorted(Habits().delay(2.0, 0.5, rng) for _ in range(2001))
    assert delays[1000] == pytest.approx(2.0, rel=0.08)
    assert delays[0] >= 0.4
    assert delays[-1] <= 20.0


@pytest.mark.parametrize("room", ["anticipator", "trainer", "language_model"])
def test_nothing_that_decides_or_learns_reads_the_habits(room: str) -> None:
    """Else its constants would be tuned to the people they are judged by."""
    sources = [path.read_text(encoding="utf-8") for path in _room(room)]
    assert sources
    assert not any("lamp.simulate" in source for source in sources)


def _room(name: str) -> list[Path]:
    return list((Path(lamp.__file__).parent / name).rglob("*.py"))
