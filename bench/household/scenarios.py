"""The households of the bench: who lives there, how well they are heard, what is fixed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from lamp.simulate.habits import Habits, draw_habits


@dataclass(frozen=True)
class Scenario:
    """Everything about a household but its seed.

    families: of the people, one each, see :mod:`bench.household.speakers`.
    shares: of the commands, one a person.
    rate: errors a letter in what the lamp reads, 0..1.
    broadcasts: share of the bursts of talk that come from a television or radio.
    fixed: habits that are not drawn.
    """

    name: str
    families: tuple[str, ...] = ("plain",)
    shares: tuple[float, ...] = (1.0,)
    rate: float = 0.10
    broadcasts: float = 0.45
    fixed: Mapping[str, float] = field(default_factory=dict)

    def habits(self, seed: int) -> Habits:
        """Those of the household of ``seed``; the same in all scenarios but for what is fixed."""
        return draw_habits(random.Random(f"habits {seed}"), **self.fixed)


SCENARIOS = {
    one.name: one
    for one in (
        Scenario("base"),
        Scenario("cer20", rate=0.20),
        Scenario("mixed", families=("mixed",)),
        Scenario("two", families=("plain", "elliptical"), shares=(0.6, 0.4)),
        Scenario("busy", broadcasts=0.8, fixed={"talk_per_minute": 12.0}),
        Scenario(
            "noise3",
            fixed={
                "p_forget": 0.2,
                "p_notice": 0.6,
                "p_repeat": 0.5,
                "p_redundant": 0.25,
                "silent_flips_per_hour": 20.0,
            },
        ),
        Scenario("friends", families=("nickname",), fixed={"p_shows": 1.0, "shows_per_hour": 8.0}),
        Scenario("whistle", families=("whistle",)),
        Scenario("foreign", families=("foreign",)),
    )
}
