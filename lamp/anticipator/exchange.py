"""One exchange: what was said, what the lamp made of it, and what it turned out to mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lamp.messages import Action, State

#: Where a label came from. ``flip``: the owner did it by hand. ``correction``: the owner
#: undid what the lamp did. ``repeat``: said again just before a flip. ``silence``: nobody
#: flipped, so nothing was wanted. ``kept``: the lamp acted and nobody undid it.
LabelSource = Literal["flip", "correction", "repeat", "silence", "kept", "owner"]


@dataclass(frozen=True)
class Label:
    """What an utterance asked for.

    weight: how sure, 0..1; an uncertain label teaches less.
    flip: id of the flip it came from, empty where it came from silence.
    """

    action: Action
    weight: float
    source: LabelSource
    flip: str = ""


@dataclass
class Exchange:
    """An utterance and the lamp's answer, in the order they entered the conversation."""

    id: str
    text: str
    confidence: float  # of the transcript, 0..1
    started: float  # s
    ended: float  # s
    state_before: State
    probabilities: tuple[float, float, float] = (1.0, 0.0, 0.0)  # none, lit, dark
    action: Action = "none"
    reason: str = ""
    stages: dict[str, float] = field(default_factory=dict)  # s
    level_db: float = 0.0
    label: Label | None = None

    @property
    def acted(self) -> bool:
        """The lamp did something about it."""
        return self.action != "none"

    def probability(self, action: Action) -> float:
        """What the model gave ``action`` when it heard this."""
        none, lit, dark = self.probabilities
        return {"none": none, "lit": lit, "dark": dark}[action]
