from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lamp.anticipator.decision import decide, threshold
from lamp.config import Deciding


@pytest.mark.parametrize(
    ("hour", "minute", "night", "bold"),
    [
        (12, 0, "22:30-06:30", True),
        (23, 0, "22:30-06:30", False),
        (6, 29, "22:30-06:30", False),
        (6, 30, "22:30-06:30", True),
        (13, 30, "13:00-14:00", False),
        (14, 0, "13:00-14:00", True),
    ],
)
def test_the_night_has_a_boldness_of_its_own(
    hour: int, minute: int, night: str, bold: bool
) -> None:
    deciding = Deciding(boldness=0.6, boldness_at_night=0.2, night=night)
    wall = datetime(2026, 1, 1, hour, minute, tzinfo=UTC)
    assert threshold(deciding, wall) == pytest.approx(0.4 if bold else 0.8)


def test_every_action_of_a_moment_ago_takes_three_quarters_of_the_boldness() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    needed = [threshold(Deciding(boldness=0.4), noon, count) for count in (0, 1, 2)]
    assert needed == pytest.approx([0.6, 0.9, 0.975])


@pytest.mark.parametrize("text", ["", "a", " a ", "''"])
def test_a_near_empty_text_is_never_acted_on(text: str) -> None:
    decision = decide(text, (0, 1, 0), "dark", 0, 0.4, Deciding())
    assert decision.action == "none"
    assert "too little" in decision.reason


def test_the_likelier_of_two_states_must_be_the_one_to_go_to() -> None:
    decision = decide("hm hm", (0.0, 0.48, 0.52), "dark", 0, 0.4, Deciding())
    assert decision.action == "none"
    assert "dark already" in decision.reason


def test_boldness_zero_never_acts_and_boldness_one_acts_at_a_hint() -> None:
    shy = decide("hm hm", (0.0, 0.999, 0.001), "dark", 0, 1.0, Deciding())
    bold = decide("hm hm", (0.9, 0.06, 0.04), "dark", 0, 0.0, Deciding())
    assert (shy.action, bold.action) == ("none", "lit")
