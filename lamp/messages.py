"""What the processes say to each other: one small frozen dataclass a message.

Times are seconds on the lamp's clock (:mod:`lamp.clock`): monotonic while live, the
audio's own time in a replay. Sound is 16 kHz mono, signed 16-bit little-endian.
This module imports nothing heavy, because the operator imports it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, is_dataclass
from typing import ClassVar, Literal

SAMPLE_RATE = 16_000  # Hz, of all sound between processes
BYTES_A_SAMPLE = 2

State = Literal["lit", "dark"]
Action = Literal["none", "lit", "dark"]
ACTIONS: tuple[Action, Action, Action] = ("none", "lit", "dark")


def opposite(state: State) -> State:
    """The other of the lamp's two states."""
    return "dark" if state == "lit" else "lit"


class Message:
    """Anything that can be put into a mailbox.

    ``kept``: the sender holds it until the receiver has dealt with it, and sends it again
    if either side dies. Other messages are dropped, oldest first, when they cannot be
    delivered in time.
    """

    __slots__ = ()
    kept: ClassVar[bool] = False

    @property
    def sent_at(self) -> float | None:
        """When it was sent, in s on the lamp's clock; None: it does not tell."""
        return None


class Event(Message):
    """A message about something that happened at ``at``, and is told at once."""

    __slots__ = ()
    at: float  # s

    @property
    def sent_at(self) -> float:
        """See :class:`Message`."""
        return self.at


@dataclass(frozen=True, slots=True)
class Sound(Message):
    """Simulated house -> recorder: what the microphone would have picked up."""

    pcm: bytes
    started: float  # s

    @property
    def sent_at(self) -> float:
        """See :class:`Message`: when the last of the sound was there."""
        return self.started + len(self.pcm) / BYTES_A_SAMPLE / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Utterance(Message):
    """Recorder -> transcriber: one stretch of speech between two silences."""

    id: str
    pcm: bytes
    started: float  # s
    ended: float  # s, end of speech, before the endpoint silence
    cut: float  # s, when the endpointer was sure it had ended
    level_db: float  # RMS in dB relative to full scale, <= 0
    clipped: float  # share of samples at full scale, 0..1
    final: bool = True  # False: still being said; the same id comes again

    @property
    def sent_at(self) -> float:
        """See :class:`Message`."""
        return self.cut


@dataclass(frozen=True, slots=True)
class Watermark(Message):
    """Down the chain, behind the speech: all sound before ``until`` has passed here.

    It carries time to processes that have no clock of their own opinion, so that silence
    can become a label, in a replay as in life.
    """

    until: float  # s

    @property
    def sent_at(self) -> float:
        """See :class:`Message`."""
        return self.until


@dataclass(frozen=True, slots=True)
class Transcript(Message):
    """Transcriber -> anticipator: what an utterance sounded like, in characters."""

    kept: ClassVar[bool] = True

    id: str  # of the utterance
    text: str
    confidence: float  # geometric mean probability of the written characters, 0..1
    started: float  # s
    ended: float  # s
    heard: float  # s, when the transcript was ready
    soft: str = ""  # a SoftText, encoded; empty: every letter of the text is certain
    stages: dict[str, float] = field(default_factory=dict)  # seconds spent per stage
    level_db: float = 0.0

    @property
    def sent_at(self) -> float:
        """See :class:`Message`."""
        return self.heard


@dataclass(frozen=True, slots=True)
class PartialTranscript(Message):
    """Transcriber -> anticipator: what has been said so far."""

    id: str  # of the utterance
    text: str
    until: float  # s

    @property
    def sent_at(self) -> float:
        """See :class:`Message`."""
        return self.until


@dataclass(frozen=True, slots=True)
class Directive(Message):
    """Anticipator -> operator: bring the lamp to a state."""

    kept: ClassVar[bool] = True

    id: str
    state: State
    exchange: str  # id of the utterance it answers
    cause: str
    issued: float  # s
    expires: float  # s, not to be executed after this

    @property
    def sent_at(self) -> float:
        """See :class:`Message`."""
        return self.issued


@dataclass(frozen=True, slots=True)
class Flip(Event):
    """Operator -> anticipator: the owner moved the switch; the lamp has followed already."""

    kept: ClassVar[bool] = True

    id: str
    state: State  # the new one
    at: float  # s


@dataclass(frozen=True, slots=True)
class Correction(Event):
    """Operator -> anticipator: a flip that undid a recent directive."""

    kept: ClassVar[bool] = True

    id: str
    state: State  # the new one
    at: float  # s
    directive: str  # id of the directive it undid


@dataclass(frozen=True, slots=True)
class EarlierFlip(Message):
    """Operator -> anticipator: a flip of an earlier start of the machine, told only now.

    It goes into the diary with its time and teaches nothing: what was said before it has times
    on a clock that has begun anew since.
    """

    kept: ClassVar[bool] = True

    id: str
    state: State  # the new one
    at: float  # s, on the clock of that time
    directive: str  # id of the directive it undid; empty if none
    wall: str  # date and time, ISO 8601


@dataclass(frozen=True, slots=True)
class LampChanged(Event):
    """Operator -> anticipator and observers: the lamp is in a state, and why."""

    kept: ClassVar[bool] = True

    state: State
    at: float  # s
    cause: Literal["start", "switch", "directive"]
    directive: str = ""  # id, where a directive caused it
    took: float = 0.0  # s, from the cause's arrival to the relay


@dataclass(frozen=True, slots=True)
class NewLabels(Event):
    """Anticipator -> trainer: the diary holds labels up to ``position``."""

    position: int
    at: float  # s


@dataclass(frozen=True, slots=True)
class ModelReady(Message):
    """Trainer -> anticipator: a promoted language model lies at ``path``."""

    kept: ClassVar[bool] = True

    path: str
    sha256: str
    trained_to: int  # diary position
    took: float  # s
    scores: dict[str, float] = field(default_factory=dict)  # held-out, of the new model


@dataclass(frozen=True, slots=True)
class Decided(Event):
    """Anticipator -> whoever watches: one exchange and what was made of it."""

    exchange: str
    text: str
    probabilities: tuple[float, float, float]  # none, lit, dark
    action: Action
    reason: str
    at: float  # s
    stages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labelled(Event):
    """Anticipator -> whoever watches: an exchange got its label."""

    exchange: str
    text: str
    label: Action
    source: str  # flip, correction, repeat, silence, kept, withdrawn
    at: float  # s
    flip: str = ""


@dataclass(frozen=True, slots=True)
class Refitted(Event):
    """Trainer -> whoever watches: a refit ended, well or not."""

    promoted: bool
    labels: int
    took: float  # s
    at: float  # s
    scores: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SwitchMoved(Event):
    """Simulated house -> operator: a hand on the simulated switch."""

    at: float  # s


@dataclass(frozen=True, slots=True)
class Muted(Message):
    """Owner -> recorder: stop listening, or listen again."""

    kept: ClassVar[bool] = True

    muted: bool


@dataclass(frozen=True, slots=True)
class Forgotten(Message):
    """Anticipator -> trainer: something was taken out of the diary, and no model may know it."""

    kept: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Erase(Message):
    """Owner -> anticipator -> trainer: forget everything, and start anew."""

    kept: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Stop(Message):
    """Supervisor -> anyone: finish what you hold and end."""


#: Every message class by name, for the mailbox.
KINDS: dict[str, type[Message]] = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, Message) and is_dataclass(kind)
}
