"""A short random life with the real model, trainer and diary, for laws that hold in every life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from lamp.anticipator.anticipator import Anticipator
from lamp.anticipator.lessons import CatchingUp
from lamp.anticipator.words import Model
from lamp.clock import ReplayClock
from lamp.config import Deciding
from lamp.diary import conversation
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import DiaryReader
from lamp.diary.writer import Diary
from lamp.language_model import LanguageModel, StepBudget
from lamp.messages import Directive, Message, State, Transcript, opposite
from lamp.soft_text import SoftText
from lamp.trainer.trainer import Trainer
from tests.anticipator.conftest import NOON

TEXTS = ("LUMOS", "NOX", "LUMOS PLEASE", "NOX NOW", "WHAT A DAY", "A LUMP OF SUGAR", "U", "")
SETTINGS = conversation.settings("potato", calibrated=False)


def catch_up(model: Model, diary: DiaryReader, trained_to: int) -> None:
    """Tell ``model`` all labels after ``trained_to``."""
    catching_up = CatchingUp(model, diary, trained_to)
    while catching_up.left:
        catching_up.go_on()


@dataclass(frozen=True)
class Event:
    """Something that happens ``gap`` s after what happened before.

    kind: say, flip, refit or restart.
    text: what is said.
    late: s from the end of the words to their transcript.
    """

    kind: str
    gap: float
    text: str = ""
    late: float = 0.0


@dataclass(frozen=True)
class Flipped:
    """A flip and what was known of it.

    directive: id of the exchange it undid, if any.
    blamed: id of the exchange it was charged to, if any.
    """

    id: str
    state: State
    at: float
    directive: str
    blamed: str | None


@dataclass
class Life:
    """A home with an operator that keeps its word, and notes on everything that happened.

    heard: each answer, and whether both states had been taught, and what had been by hand.
    taught_as: by exchange, what the lesson by hand that is most like it had taught.
    """

    diary: Diary = field(default_factory=Diary.in_memory)
    clock: ReplayClock = field(default_factory=lambda: ReplayClock(NOON, 1000.0))
    state: State = "dark"
    heard: list[tuple[Exchange, bool, list[tuple[str, Label]]]] = field(default_factory=list)
    taught_as: dict[str, str] = field(default_factory=dict)
    flips: list[Flipped] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.directive, self.obeyed = "", 0.0
        self.now = self.clock.now()
        self.trained: LanguageModel = LanguageModel.fresh(conversation.TOKENS, SETTINGS)
        self.exchanges: dict[str, Exchange] = {}
        self.start()

    def start(self) -> None:
        """The process starts; the diary and the last model are all that it has."""
        model = LanguageModel.fresh(conversation.TOKENS, SETTINGS)
        catch_up(model, self.diary, 0)
        self.lamp = Anticipator(model, self.diary, Deciding(), self.clock, self.operate, self.state)

    def operate(self, recipient: str, message: Message) -> None:
        """What the operator does: obey, and remember for how long a flip would undo it."""
        if isinstance(message, Directive) and message.state != self.state:
            self.state = message.state
            self.directive, self.obeyed = message.id, self.clock.now()

    def say(self, text: str, late: float = 0.0) -> Exchange:
        """Somebody says ``text`` now."""
        both = {"lit", "dark"} <= {
            each.label.action for each in self.diary.labelled() if each.label
        }
        by_hand = self.lessons_by_hand()
        name, ended = f"u{len(self.heard)}", self.now
        self.clock.advance(ended + late)
        reading = self.lamp._words.read(SoftText.of_text(text), self.state)
        self.taught_as[name] = reading.taught_as
        exchange = self.lamp.hear(Transcript(name, text, 1.0, ended - 1, ended, self.clock.now()))
        assert exchange is not None
        self.now = self.clock.now()
        self.exchanges[name] = exchange
        self.heard.append((exchange, both, by_hand))
        return exchange

    def flip(self) -> str | None:
        """Somebody moves the switch now."""
        window = Deciding().correction_window
        undone = self.directive if self.now - self.obeyed <= window else ""
        self.state, self.directive = opposite(self.state), ""
        name = f"f{len(self.flips)}"
        blamed = self.lamp.flipped(name, self.state, self.now, undone)
        undone = undone.removeprefix("directive-")
        self.flips.append(Flipped(name, self.state, self.now, undone, blamed))
        return blamed

    def refit(self) -> None:
        """The trainer fits what there is, and its model goes live."""
        trainer = Trainer(SETTINGS, lambda: StepBudget(2))
        self.lamp.adopt(trainer.refit(list(self.diary.labelled())).model, self.diary.position())

    def happen(self, event: Event) -> None:
        """Time passes, and then ``event`` happens."""
        self.now += event.gap
        self.clock.advance(self.now)
        match event.kind:
            case "say":
                self.say(event.text, event.late)
            case "flip":
                self.flip()
            case "refit":
                self.refit()
            case "restart":
                self.start()

    def lessons_by_hand(self) -> list[tuple[str, Label]]:
        """(best text, label) of every label that a flip gave and that stands, oldest first."""
        last = {entry.exchange: entry for entry in self.diary.labels_after(0)}
        entries = sorted(last.values(), key=lambda entry: entry.position)
        sources = ("flip", "correction")
        return [(one.soft.best, one.label) for one in entries if one.label.source in sources]


def live(events: Sequence[Event]) -> Life:
    """A life in which these things happen."""
    life = Life()
    for event in events:
        life.happen(event)
    return life


_GAPS = st.sampled_from((0.4, 1.0, 2.1, 3.5, 5.0, 8.0, 13.0, 40.0))
_SAID = st.builds(
    Event, st.just("say"), _GAPS, st.sampled_from(TEXTS), st.sampled_from((0.0, 0.3, 2.5))
)
_OTHERS = st.builds(Event, st.sampled_from(("flip", "flip", "flip", "refit", "restart")), _GAPS)
_LESSONS = [
    Event(kind, gap, text)
    for text in ("LUMOS", "NOX", "LUMOS", "NOX")
    for kind, gap, text in (("say", 30.0, text), ("flip", 3.5, ""))
]

#: Histories; every other one begins in a home that was taught two words.
HISTORIES = st.builds(
    lambda taught, events: [*_LESSONS, *events] if taught else events,
    st.booleans(),
    st.lists(st.one_of(_SAID, _OTHERS), min_size=4, max_size=24),
)
