"""The lamp's clock begins anew with the machine: times of different starts do not compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lamp.diary.reader import FlipEntry
from lamp.diary.writer import Diary
from tests.anticipator.conftest import NOON, House
from tests.diary.test_diary import exchange

Boot = Callable[[str, float], House]


@pytest.fixture
def boot(tmp_path: Path) -> Boot:
    """Start an anticipator on the same diary, in a boot of this name, at so many s of uptime."""

    def start(name: str, at: float) -> House:
        house = House(Diary.open(tmp_path / "diary.sqlite", boot=name), now=at)
        house.has_taught_both_states_often()
        return house

    return start


def test_a_flip_is_not_charged_to_words_of_an_earlier_boot(boot: Boot) -> None:
    """Said at 59 s of uptime, then a power cut; two days later at 66 s somebody flips."""
    monday = boot("monday", 55.0)
    monday.say("good morning darling", 59.0)
    monday.diary.close()
    wednesday = boot("wednesday", 66.0)
    assert wednesday.anticipator.pending == ()
    assert wednesday.flip("lit", 66.5) is None
    assert next(wednesday.diary.all_exchanges()).label is None


def test_a_flip_is_charged_to_words_heard_before_a_restart_in_the_same_boot(boot: Boot) -> None:
    before = boot("monday", 55.0)
    before.say("lights", 59.0)
    before.diary.close()
    after = boot("monday", 61.0)
    assert [each.text for each in after.anticipator.pending] == ["lights"]
    assert after.flip("lit", 62.0) == "u1"


def test_a_flip_takes_no_flip_of_an_earlier_boot_back(boot: Boot) -> None:
    monday = boot("monday", 55.0)
    monday.say("lights", 64.0)
    assert monday.flip("lit", 66.0) == "u1"
    monday.diary.close()
    wednesday = boot("wednesday", 60.0)
    wednesday.flip("dark", 66.5)
    label = next(wednesday.diary.all_exchanges()).label
    assert label is not None
    assert (label.action, label.source) == ("lit", "flip")


def test_what_was_said_before_a_flip_was_said_in_the_same_boot(tmp_path: Path) -> None:
    path = tmp_path / "diary.sqlite"
    for name, number in (("monday", 1), ("wednesday", 2)):
        diary = Diary.open(path, boot=name)
        diary.write_exchange(replace(exchange(number), ended=20.0), NOON)
        diary.close()
    diary = Diary.open(path, boot="thursday")
    assert [each.id for each in diary.said_before(25.0, 12.0, beside="u2")] == ["u2"]
    assert diary.unlabelled(since=0.0) == []


def test_a_flip_of_a_boot_that_nobody_knows_is_not_the_last_one(tmp_path: Path) -> None:
    """The journal brings it from an earlier start of the machine."""
    diary = Diary.open(tmp_path / "diary.sqlite", boot="monday")
    diary.write_flip(FlipEntry("f1", "lit", 5.0, "", "", "", "monday"), [])
    diary.write_flip(FlipEntry("f2", "dark", 9.0, "", "", ""), [])
    last = diary.last_flip()
    assert last is not None
    assert last.id == "f1"
    assert [flip.id for flip in diary.flips(9)] == ["f1", "f2"]
