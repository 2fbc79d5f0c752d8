from __future__ import annotations

import doctest
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamp.listen import meter

LEVEL = st.floats(-100, 0)


@pytest.mark.parametrize("name", ["meter", "word_findings"])
def test_the_examples_are_true(name: str) -> None:
    module = importlib.import_module(f"lamp.listen.{name}")
    outcome = doctest.testmod(module)
    assert outcome.attempted
    assert not outcome.failed


@given(LEVEL, LEVEL, LEVEL, st.booleans(), st.floats(0, 1e6))
def test_a_line_never_wraps_and_its_bar_stands_still(
    level: float, loudest: float, floor: float, speaking: bool, dead: float
) -> None:
    line = meter.line(
        {
            "level_db": level,
            "loudest_db": loudest,
            "floor_db": floor,
            "speaking": speaking,
            "dead_seconds": dead,
        }
    )
    assert len(line) <= meter.WIDTH < 80
    assert line.index("]") - line.index("[") == meter.SCALE + 1


def test_louder_is_longer() -> None:
    facts = {"loudest_db": -10.0, "floor_db": -70.0, "speaking": True}
    soft, loud = (meter.line(facts | {"level_db": level}).count("#") for level in (-50.0, -20.0))
    assert loud - soft == 15
