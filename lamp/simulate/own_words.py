"""The same with the microphone: what to do next, told by what was done so far."""

from __future__ import annotations

from collections.abc import Callable

LASTS = 120.0  # s
STEPS = (
    "Choose two words, one for light and one for darkness; any sounds will do.\n"
    "Say the one for light. Nothing happens: press the space bar at once.",
    "That was the first lesson. Say the word for darkness, and press the space bar.",
    "Both are taught. Say the word for light again.",
    "Go on as you like. Whenever it is wrong, press the space bar; q ends.",
)


class OwnWords:
    """Leads through two minutes.

    Args:
        say: shows a line.
        began: s, now.
    """

    def __init__(self, say: Callable[[str], None], began: float) -> None:
        self.by_itself = 0
        self.flips = 0
        self._say = say
        self._until = began + LASTS
        self._told = -1

    def flipped(self) -> None:
        """The owner moved the switch."""
        self.flips += 1

    def acted(self) -> None:
        """The lamp did something by itself."""
        self.by_itself += 1

    def tick(self, now: float) -> bool:
        """It is ``now`` (s); whether to go on."""
        step = min(self.flips, 2) + (self.flips >= 2 and self.by_itself > 0)
        if step > self._told:
            self._told = step
            for line in STEPS[step].split("\n"):
                self._say(line)
        return now < self._until


def told(flips: int, by_itself: int) -> list[str]:
    """What it came to."""
    return [
        "",
        f"You flipped {flips} times; it acted {by_itself} times by itself.",
        "To keep a lamp that remembers: lamp run --simulate, or on a board: docs/wiring.md",
    ]
