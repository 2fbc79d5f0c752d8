"""When words turn out to be a command, the earlier flips are judged again."""

from __future__ import annotations

import pytest

from lamp.diary.exchange import Label
from tests.anticipator.conftest import House

COMMAND = "would you make it a bit brighter in here please"
MISHEARD = COMMAND.replace("please", "pleas")
TELEVISION = "exactly"
SURE_LIT = (0.02, 0.979, 0.001)


def who_is_blamed(house: House, flip: str) -> list[str]:
    labelled = [one for one in house.diary.all_exchanges() if one.label is not None]
    return [one.text for one in labelled if one.label and one.label.flip == flip]


@pytest.fixture
def misled(house: House) -> House:
    """The television spoke at the wrong moment before the first flip."""
    house.say(COMMAND, 100)
    house.say(TELEVISION, 101.5)
    assert house.flip("lit", 104.5, name="f1") == "u2"
    house.wait_until(130)
    assert house.labels == {TELEVISION: "lit", COMMAND: "none"}
    house.anticipator.lamp_changed("dark")
    return house


def test_a_flip_that_teaches_the_same_words_moves_the_earlier_one_there(misled: House) -> None:
    misled.say(MISHEARD, 200)
    misled.flip("lit", 203, name="f2")
    assert who_is_blamed(misled, "f1") == [COMMAND]
    assert who_is_blamed(misled, "f2") == [MISHEARD]
    assert misled.labels[TELEVISION] == "none"


def test_so_does_acting_on_them_rightly(misled: House) -> None:
    misled.model.beliefs[COMMAND] = SURE_LIT
    misled.say(COMMAND, 200)
    misled.wait_until(230)
    assert who_is_blamed(misled, "f1") == [COMMAND]
    assert misled.labels[TELEVISION] == "none"


def test_the_model_forgets_what_the_flip_taught_to_the_last_count(misled: House) -> None:
    misled.say(COMMAND, 200)
    misled.flip("lit", 203)
    weights = {
        (text, label): sum(one.weight for one in misled.model.taught if one[:2] == (text, label))
        for text in (TELEVISION, COMMAND)
        for label in (0, 1)
    }
    assert weights == {
        (TELEVISION, 0): 1.0,
        (TELEVISION, 1): 0.0,
        (COMMAND, 0): 0.0,
        (COMMAND, 1): 2.0,
    }


def test_an_action_that_was_blamed_counts_as_kept(house: House) -> None:
    house.model.beliefs["lights off"] = (0.01, 0.01, 0.98)
    house.anticipator.lamp_changed("lit")
    house.say("lights off", 100)
    house.say(COMMAND, 105.5)
    assert house.flip("lit", 107.5, name="f1") == "u1"
    house.wait_until(130)
    house.anticipator.lamp_changed("dark")
    house.say(COMMAND, 200)
    house.flip("lit", 203)
    assert who_is_blamed(house, "f1") == [COMMAND]
    labels = [one.label for one in house.diary.all_exchanges() if one.text == "lights off"]
    assert labels == [Label("dark", 0.3, "kept")]


def test_what_was_said_again_goes_with_it(house: House) -> None:
    house.say(COMMAND, 100)
    house.say(MISHEARD, 103)
    house.say(TELEVISION, 104.5)
    house.flip("lit", 107.5, name="f1")
    house.wait_until(130)
    assert who_is_blamed(house, "f1") == [TELEVISION]
    house.anticipator.lamp_changed("dark")
    house.say(COMMAND, 200)
    house.flip("lit", 203)
    assert who_is_blamed(house, "f1") == [COMMAND, MISHEARD]


def test_a_flip_to_the_other_state_moves_nothing(misled: House) -> None:
    misled.anticipator.lamp_changed("lit")
    misled.say(COMMAND, 200)
    misled.flip("dark", 203)
    assert who_is_blamed(misled, "f1") == [TELEVISION]


def test_words_that_came_too_early_stay_free(house: House) -> None:
    house.say(COMMAND, 100)
    house.model.beliefs["lamp on"] = (0.6, 0.39, 0.01)
    house.say("lamp on", 108)
    house.flip("lit", 111, name="f1")
    house.wait_until(140)
    house.anticipator.lamp_changed("dark")
    house.say(COMMAND, 200)
    house.flip("lit", 203)
    assert who_is_blamed(house, "f1") == ["lamp on"]


def test_a_flip_is_moved_once_for_good(misled: House) -> None:
    for at in (200, 300, 400):
        misled.say(COMMAND, at)
        misled.flip("lit", at + 3)
        misled.anticipator.lamp_changed("dark")
    log = [entry.label for entry in misled.diary.labels_after(0) if entry.label.flip == "f1"]
    assert log == [Label("lit", 1.0, "flip", "f1")] * 2
