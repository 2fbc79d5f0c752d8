from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from lamp.anticipator.anticipator import Anticipator
from lamp.clock import ReplayClock
from lamp.config import Deciding
from lamp.diary.writer import Diary
from lamp.language_model import Example
from lamp.language_model.text import Text, best_text
from lamp.messages import Directive, Labelled, Message, NewLabels, Transcript

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class BelievingModel:
    """Believes what it is told to, and remembers what it was taught."""

    def __init__(self) -> None:
        self.beliefs: dict[str, tuple[float, float, float]] = {}
        self.taught: list[Example] = []

    def predict(
        self, text: Text, before: Sequence[str] = (), offset: Sequence[float] = ()
    ) -> NDArray[np.float64]:
        return np.array(self.beliefs.get(best_text(text), (0.98, 0.01, 0.01)))

    def observe(self, example: Example) -> None:
        self.taught.append(example._replace(text=best_text(example.text)))


class House:
    """An anticipator with everything around it in plain sight."""

    def __init__(
        self, diary: Diary | None = None, deciding: Deciding | None = None, now: float = 0.0
    ) -> None:
        self.clock = ReplayClock(NOON, now)
        self.model = BelievingModel()
        self.diary = diary or Diary.in_memory()
        self.sent: list[tuple[str, Message]] = []
        self.anticipator = Anticipator(
            self.model,
            self.diary,
            deciding or Deciding(),
            self.clock,
            lambda recipient, message: self.sent.append((recipient, message)),
        )
        self.said = 0

    def has_taught(self, **labels: float) -> None:
        """As if so many labels of each action had been given long ago."""
        self.anticipator._words._labels.update(labels)  # type: ignore[arg-type]

    def has_taught_both_states_often(self) -> None:
        self.has_taught(lit=50, dark=50)

    def say(self, text: str, at: float, name: str = "", late: float = 0.0) -> None:
        self.said += 1
        self.clock.advance(at + late)
        name = name or f"u{self.said}"
        self.anticipator.hear(Transcript(name, text, 0.9, at - 1, at, at))

    def flip(self, state: str, at: float, name: str = "", directive: str = "") -> str | None:
        self.clock.advance(at)
        assert state in ("lit", "dark")
        return self.anticipator.flipped(name or f"flip at {at}", state, at, directive)

    def wait_until(self, at: float) -> None:
        self.clock.advance(at)
        self.anticipator.advance(at)

    @property
    def directives(self) -> list[Directive]:
        return [message for _, message in self.sent if isinstance(message, Directive)]

    @property
    def labels(self) -> dict[str, str]:
        """Text: what it was last labelled."""
        return {m.text: m.label for _, m in self.sent if isinstance(m, Labelled)}

    @property
    def refits_asked_for(self) -> int:
        return sum(isinstance(message, NewLabels) for _, message in self.sent)


@pytest.fixture
def house() -> House:
    """One that knows both states: a home where nothing was taught does nothing."""
    house = House()
    house.has_taught_both_states_often()
    return house
