"""What holds in every home, whatever the numbers say."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from lamp.diary.exchange import Label
from tests.anticipator.life import HISTORIES, Event, Life, live

LAW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
Events = list[Event]


@LAW
@given(HISTORIES)
def test_a_flip_that_undoes_a_directive_is_never_charged_to_earlier_words(events: Events) -> None:
    life = live(events)
    for flip in life.flips:
        if flip.directive and flip.blamed:
            undone, blamed = life.exchanges[flip.directive], life.exchanges[flip.blamed]
            assert blamed is undone or blamed.ended > undone.ended


@LAW
@given(HISTORIES)
def test_with_nothing_said_since_it_is_charged_to_the_words_of_the_directive(
    events: Events,
) -> None:
    life = live(events)
    for flip in life.flips:
        if flip.directive:
            undone = life.exchanges[flip.directive]
            since = [one for one in life.exchanges.values() if undone.ended < one.ended <= flip.at]
            assert flip.blamed in {flip.directive, *(one.id for one in since)}


@LAW
@given(HISTORIES)
def test_what_was_undone_does_not_act_again_in_that_form_until_it_is_taught(
    events: Events,
) -> None:
    for exchange, _, by_hand in live(events).heard:
        taught = [label for text, label in by_hand if text == exchange.soft.best != ""]
        if taught and taught[-1].source == "correction" and taught[-1].action == "none":
            assert exchange.action == "none"


@LAW
@given(HISTORIES)
def test_words_taught_as_one_state_are_never_turned_into_the_other(events: Events) -> None:
    life = live(events)
    for exchange, both_taught, _ in life.heard:
        _, lit, dark = exchange.words
        favourite = "lit" if lit > dark else "dark"
        if both_taught and exchange.acted and life.taught_as[exchange.id] == favourite:
            assert exchange.action == favourite


@LAW
@given(HISTORIES)
def test_it_never_acts_on_words_that_likelier_say_nothing(events: Events) -> None:
    for exchange, _, _ in live(events).heard:
        none, lit, dark = exchange.words
        assert not exchange.acted or none <= lit + dark


@LAW
@given(HISTORIES)
def test_an_action_nobody_confirmed_weighs_less_than_a_correction(events: Events) -> None:
    labels = [entry.label for entry in live(events).diary.labels_after(0)]
    corrections = [label.weight for label in labels if label.source == "correction"]
    for label in labels:
        if label.source == "kept":
            assert label.weight < min([1.0, *corrections])


@LAW
@given(HISTORIES)
def test_a_correction_outlives_refits_and_a_restart(events: Events) -> None:
    life = Life()
    corrected: dict[str, Label] = {}
    for event in events:
        life.happen(event)
        corrected = {
            each.id: each.label
            for each in life.diary.labelled()
            if each.label and each.label.source == "correction"
        }
        for entry in life.diary.labels_after(0):
            if entry.exchange not in corrected and entry.label.source == "correction":
                # Only the hand itself takes it back: there and back again at once.
                assert life.diary.exchange(entry.exchange).label.source == "withdrawn"  # type: ignore[union-attr]
    for _ in range(2):
        life.refit()
        life.start()
        life.now += 100
        life.clock.advance(life.now)
        life.lamp.advance(life.now)
    for name, label in corrected.items():
        assert life.diary.exchange(name).label == label  # type: ignore[union-attr]


def a_lamp_that_obeys_lumos() -> Life:
    """Dark, and taught one word, among talk."""
    life = Life()
    for talk in ("WHAT A DAY", "TEA OR COFFEE", "NOT YET", "SEE YOU"):
        life.say(talk)
        life.now += 60
    for _ in range(3):
        if life.say("LUMOS").action == "none":
            life.happen(Event("flip", 3.5))
        life.now += 60
        life.happen(Event("flip", 60.0))
        life.now += 60
        life.clock.advance(life.now)
        life.lamp.advance(life.now)
    assert life.state == "dark"
    return life


def test_lumos_obeyed_nox_not_and_a_hand_the_flip_belongs_to_nox_also_the_first_time() -> None:
    life = a_lamp_that_obeys_lumos()
    lumos = life.say("LUMOS")
    assert lumos.action == "lit"
    life.happen(Event("say", 2.0, "NOX"))
    nox, _, _ = life.heard[-1]
    assert nox.action == "none"
    life.happen(Event("flip", 3.5))
    assert (life.flips[-1].directive, life.flips[-1].blamed) == (lumos.id, nox.id)
    assert nox.label is not None
    assert nox.label.action == "dark"
    life.happen(Event("refit", 60.0))
    assert lumos.label is None or lumos.label.action == "lit"


def test_an_action_that_came_late_is_corrected_as_long_as_the_switch_says_it_undoes_it() -> None:
    life = a_lamp_that_obeys_lumos()
    lumos = life.say("LUMOS", late=2.5)
    assert lumos.action == "lit"
    life.happen(Event("flip", 11.0))  # 13.5 s after the words, 11 s after the light
    assert life.flips[-1].blamed == lumos.id
    assert lumos.label is not None
    assert lumos.label.source == "correction"


def test_an_action_between_two_quick_flips_is_corrected_all_the_same() -> None:
    life = a_lamp_that_obeys_lumos()
    life.happen(Event("flip", 60.0))
    life.happen(Event("flip", 60.0))  # dark, by hand
    life.now += 0.5
    lumos = life.say("LUMOS")
    assert lumos.action == "lit"
    life.happen(Event("flip", 1.0))
    assert life.flips[-1].blamed == lumos.id
    assert lumos.label is not None
    assert lumos.label.source == "correction"


def test_an_undone_action_is_never_taken_for_wanted_however_much_was_said_since() -> None:
    life = a_lamp_that_obeys_lumos()
    life.say("LUMOS")
    for talk in ("TEA", "TRAIN", "LATER", "YESTERDAY", "BREAD", "MAYBE", "HONEY"):
        life.happen(Event("say", 0.4, talk))
    life.happen(Event("flip", 1.0))
    assert life.flips[-1].directive
    assert life.flips[-1].blamed
