"""One exchange: what was said, what the lamp made of it, and what it turned out to mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lamp.messages import Action, State
from lamp.soft_text import NOTHING_HEARD, SoftText

#: Where a label came from. ``flip``: the owner did it by hand. ``correction``: the owner
#: undid what the lamp did. ``repeat``: said again just before a flip. ``silence``: nobody
#: flipped, so nothing was wanted. ``kept``: the lamp acted and nobody undid it. ``withdrawn``:
#: what a flip taught was taken back, as the switch was moved back at once or later corrections
#: spoke against it; the label weighs nothing.
LabelSource = Literal["flip", "correction", "repeat", "silence", "kept", "withdrawn"]


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


@dataclass(frozen=True)
class Moment:
    """The circumstances something was said in.

    pause: s since the speech before it ended.
    since_change: s since the lamp last changed its state.
    letters: how many were heard.
    level_db: its loudness, dB of full scale.
    """

    pause: float
    since_change: float
    letters: int
    level_db: float


@dataclass
class Exchange:
    """An utterance and the lamp's answer, in the order they entered the conversation.

    soft: every letter that the text may have had; the text itself where nobody can tell.
    memory: log odds of none, lit and dark by the examples remembered when it was heard.
    words: what the language model made of the text alone: none, lit, dark.
    lessons: exchanges that taught by hand and are like it, the most like first.
    probabilities: what was believed to be wanted, all things considered: none, lit, dark.
    position: in the diary, rising; 0 before it was read from there.
    """

    id: str
    text: str
    confidence: float  # of the transcript, 0..1
    started: float  # s
    ended: float  # s
    state_before: State
    probabilities: tuple[float, float, float] = (1.0, 0.0, 0.0)
    words: tuple[float, float, float] = (1.0, 0.0, 0.0)
    action: Action = "none"
    reason: str = ""
    stages: dict[str, float] = field(default_factory=dict)  # s
    level_db: float = 0.0
    moment: Moment | None = None  # None: written by an older lamp, which took no note of it
    label: Label | None = None
    soft: SoftText = NOTHING_HEARD
    memory: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lessons: tuple[str, ...] = ()
    position: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if not self.soft:
            self.soft = SoftText.of_text(self.text)

    @property
    def acted(self) -> bool:
        """The lamp did something about it."""
        return self.action != "none"
