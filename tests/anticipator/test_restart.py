"""What the home taught about its people is known again after a restart."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from lamp.anticipator.anticipator import Anticipator
from lamp.anticipator.behaviour import Behaviour
from lamp.anticipator.lessons import replay
from lamp.config import Deciding
from lamp.diary import conversation
from lamp.diary.exchange import Label
from lamp.diary.reader import FlipEntry
from lamp.diary.writer import Diary
from lamp.language_model import LanguageModel
from lamp.similarity import Calibration
from tests.anticipator.conftest import NOON
from tests.anticipator.life import Life, catch_up
from tests.diary.test_diary import exchange

SHIPPED = Path(__file__).parents[2] / "models/potato-wav2vec2"
SETTINGS = conversation.settings("potato", calibrated=True)
TALK = (
    "WHAT A DAY",
    "A LUMP OF SUGAR",
    "TEA OR COFFEE",
    "SEE YOU",
    "NOT YET",
    "HELLO",
    "KNOCKS",
    "SO LONG",
)
MEASURES: dict[str, Callable[[Behaviour], float]] = {
    "reaching": lambda people: people.reaching.median,
    "its spread": lambda people: people.reaching.spread,
    "undoing": lambda people: people.undoing.median,
    "forgotten": lambda people: people.forgotten.value,
    "noticed": lambda people: people.noticed.value,
    "redundant": lambda people: people.redundant.value,
    "commands": lambda people: people.commands.value,
    "bias": lambda people: math.exp(people.bias.nats),
}


class Home(Life):
    """One that knows how its transcriber misspells, as every lamp that is sold does."""

    def start(self) -> None:
        model = LanguageModel.fresh(conversation.TOKENS, SETTINGS)
        catch_up(model, self.diary, 0)
        self.lamp = Anticipator(
            *(model, self.diary, Deciding(), self.clock, self.operate, self.state),
            calibration=Calibration.beside(SHIPPED),
        )


def lived(seed: int, scenes: int = 60) -> Home:
    """Talk, and commands after a silence; who is not obeyed nearly always flips within 2 s."""
    life, people = Home(), random.Random(seed)
    for _ in range(scenes):
        life.now += 40
        wanted = people.choice(("lit", "dark"))
        before = life.state
        if people.random() < 0.4:
            life.say({"lit": "LUMOS", "dark": "NOX"}[wanted])
            unhappy = life.state != wanted
        else:
            for _ in range(people.randrange(2, 7)):
                life.now += people.uniform(2.0, 6.0)
                life.say(people.choice(TALK))
            unhappy = life.state != before
        if unhappy and people.random() < 0.9:
            life.now += people.lognormvariate(0.6, 0.2)
            life.flip()
    life.now += 60
    life.lamp.advance(life.now)
    return life


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_it_knows_its_people_again(seed: int) -> None:
    life = lived(seed)
    before, guessed = life.lamp._behaviour, Behaviour()
    life.start()
    after = life.lamp._behaviour
    assert after is not before
    learned = {name: of(before) / of(guessed) for name, of in MEASURES.items()}
    assert learned["reaching"] < 0.95
    assert sum(abs(share - 1) > 0.1 for share in learned.values()) >= 3
    for name, of in MEASURES.items():
        assert of(after) == pytest.approx(of(before), rel=0.1, abs=0.05), name


def test_what_still_waits_for_its_flip_is_not_counted_twice() -> None:
    life = Home()
    life.say("LUMOS")
    life.start()
    assert life.lamp.pending
    assert vars(life.lamp._behaviour) == vars(Behaviour())
    life.now += 3
    life.flip()
    assert life.lamp._behaviour.reaching.median < 3.5


def test_a_flip_that_was_taken_back_teaches_no_delay() -> None:
    diary, people = Diary.in_memory(), Behaviour()
    said = exchange(1)
    diary.write_exchange(said, NOON)
    flip = FlipEntry("f1", "lit", said.ended + 1.0, "", "", "u1")
    for label in (Label("lit", 0.9, "flip", "f1"), Label("none", 0.0, "withdrawn", "f1")):
        said.label = label
        diary.write_flip(flip, [("u1", label)])
        people = Behaviour()
        replay(people, diary, diary.newest_exchanges(10), 12.0)
        moved = people.reaching.median != Behaviour().reaching.median
        assert moved == (label.source == "flip")


def test_the_newest_exchanges_come_one_by_one_in_the_order_they_were_said() -> None:
    diary = Diary.in_memory()
    for number in range(7):
        diary.write_exchange(exchange(number), NOON)
    assert [each.id for each in diary.newest_exchanges(3)] == ["u4", "u5", "u6"]
    assert [each.id for each in diary.newest_exchanges(30)] == [f"u{n}" for n in range(7)]
