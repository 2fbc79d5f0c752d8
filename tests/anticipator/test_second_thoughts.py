"""When a correction shows that an earlier flip was blamed on the wrong words."""

from __future__ import annotations

from lamp.diary.exchange import Label
from tests.anticipator.conftest import House

RADIO = "you are listening to the evening programme"
SURE_LIT = (0.02, 0.979, 0.001)


def misled(house: House) -> None:
    """The radio spoke just before the flip that a quiet command had caused."""
    house.model.beliefs[RADIO] = (0.5, 0.49, 0.01)
    house.say("lumos", 100)
    house.say(RADIO, 103)
    assert house.flip("lit", 106, name="f1") == "u2"
    house.wait_until(130)
    assert house.labels == {RADIO: "lit", "lumos": "none"}
    house.model.beliefs[RADIO] = SURE_LIT
    house.anticipator.lamp_changed("dark")
    house.say(RADIO, 160)
    house.flip("dark", 164, name="f2")
    assert [label.action for label in labels(house)] == ["none", "lit", "none"]


def labels(house: House) -> list[Label]:
    return [one.label for one in house.diary.all_exchanges() if one.label is not None]


def test_the_lesson_is_withdrawn_and_the_flip_goes_to_the_next_suspect(house: House) -> None:
    misled(house)
    misheard = RADIO.replace("evening", "evning")
    house.model.beliefs[misheard] = SURE_LIT
    house.say(misheard, 200)
    house.flip("dark", 204, name="f3")
    assert labels(house) == [
        Label("lit", 1.0, "flip", "f1"),
        Label("none", 0.0, "withdrawn", "f1"),
        Label("none", 1.0, "correction", "f2"),
        Label("none", 1.0, "correction", "f3"),
    ]


def test_the_model_forgets_the_wrong_lesson_to_the_last_count(house: House) -> None:
    misled(house)
    house.say(RADIO, 200)
    house.flip("dark", 204)
    taught = [(one.text, one.label, one.weight) for one in house.model.taught]
    lit = [weight for text, label, weight in taught if text == RADIO and label == 1]
    assert (len(lit), sum(lit)) == (2, 0)
    assert ("lumos", 0, -1.0) in taught
    assert ("lumos", 1, 1.0) in taught


def test_a_lesson_learned_twice_outlives_two_corrections_but_not_three(house: House) -> None:
    for at in (100, 200):
        house.say("lumos", at)
        house.flip("lit", at + 3)
        house.anticipator.lamp_changed("dark")
    house.model.beliefs["lumos"] = SURE_LIT
    house.say("lumos", 300)
    house.flip("dark", 304)
    house.say("lumos", 400)
    house.flip("dark", 404)
    assert [label.action for label in labels(house)] == ["lit", "lit", "none", "none"]
    house.say("lumos", 500)
    house.flip("dark", 504)
    assert [label.action for label in labels(house)] == ["none"] * 5


def test_an_action_nobody_noticed_is_no_lesson_once_the_same_is_undone(house: House) -> None:
    house.model.beliefs[RADIO] = SURE_LIT
    house.say(RADIO, 100)
    house.wait_until(130)
    house.anticipator.lamp_changed("dark")
    house.say(RADIO, 200)
    house.flip("dark", 204)
    assert [label.source for label in labels(house)] == ["withdrawn", "correction"]


def test_other_words_are_not_doubted(house: House) -> None:
    house.say("switch on the lamp", 100)
    house.flip("lit", 103)
    house.anticipator.lamp_changed("dark")
    house.model.beliefs["what a bright day"] = SURE_LIT
    house.say("what a bright day", 200)
    house.flip("dark", 204)
    assert [label.action for label in labels(house)] == ["lit", "none"]


def test_a_flip_that_nobody_else_can_have_caused_belongs_to_nothing(house: House) -> None:
    house.say(RADIO, 100)
    house.flip("lit", 103)
    house.anticipator.lamp_changed("dark")
    house.model.beliefs[RADIO] = SURE_LIT
    for at in (200, 300):
        house.say(RADIO, at)
        house.flip("dark", at + 4)
    expected = ["withdrawn", "correction", "correction"]
    assert [label.source for label in labels(house)] == expected
