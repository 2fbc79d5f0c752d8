"""The anticipator as its owner meets it."""

from __future__ import annotations

import pytest

from lamp.config import Deciding
from lamp.diary.exchange import Moment
from lamp.messages import Decided
from lamp.owner import Meant, wrong
from lamp.soft_text import SoftText
from tests.anticipator.conftest import BelievingModel, House
from tests.anticipator.life import catch_up

SURE_LIT = (0.02, 0.979, 0.001)
SURE_DARK = (0.02, 0.001, 0.979)


def test_a_lamp_that_knows_nothing_does_nothing(house: House) -> None:
    house.say("light please", 10)
    assert house.directives == []


def test_it_does_what_the_model_is_sure_of(house: House) -> None:
    house.model.beliefs["light please"] = SURE_LIT
    house.say("light please", 10)
    (directive,) = house.directives
    assert (directive.state, directive.exchange, directive.expires) == ("lit", "u1", 13)


def test_the_directive_leaves_before_anything_is_written(house: House) -> None:
    house.model.beliefs["light please"] = SURE_LIT
    written_when_sent = []
    house.anticipator._send = lambda recipient, message: written_when_sent.append(
        (recipient, house.diary.counts()["exchanges"])
    )
    house.say("light please", 10)
    assert written_when_sent[0] == ("operator", 0)
    assert house.diary.counts()["exchanges"] == 1


def test_it_does_not_light_a_lamp_that_is_lit(house: House) -> None:
    house.has_taught_both_states_often()
    house.anticipator.lamp_changed("lit")
    house.model.beliefs["light please"] = SURE_LIT
    house.say("light please", 10)
    assert house.directives == []


def test_the_same_transcript_delivered_again_is_answered_once(house: House) -> None:
    house.model.beliefs["light please"] = SURE_LIT
    house.say("light please", 10, name="u7")
    house.say("light please", 10, name="u7")
    assert len(house.directives) == 1
    assert house.diary.counts()["exchanges"] == 1


def test_what_was_said_too_long_ago_is_not_acted_on(house: House) -> None:
    house.model.beliefs["light please"] = SURE_LIT
    house.say("light please", 10, late=3.5)
    assert house.directives == []
    assert "too late" in house.diary.last_exchanges(1)[0].reason


def test_a_flip_labels_the_utterance_before_it_and_reaches_the_model_at_once(house: House) -> None:
    house.say("lumos", 10)
    assert house.flip("lit", 13) == "u1"
    (example,) = house.model.taught
    assert (example.text, example.label, example.before) == ("lumos", 1, ("<dark>",))
    assert house.refits_asked_for == 1


def test_a_flip_delivered_again_teaches_once(house: House) -> None:
    house.say("lumos", 10)
    house.flip("lit", 13, name="f1")
    house.flip("lit", 13, name="f1")
    assert len(house.model.taught) == 1
    assert house.diary.counts()["flips"] == 1


def test_a_flip_with_no_word_before_it_belongs_to_nothing(house: House) -> None:
    assert house.flip("lit", 100) is None
    assert house.model.taught == []
    assert house.diary.flips(1)[0].exchange == ""


def test_a_flip_long_after_the_last_word_belongs_to_nothing(house: House) -> None:
    house.say("lumos", 10)
    assert house.flip("lit", 30) is None
    assert house.labels == {"lumos": "none"}


def test_undoing_the_lamp_teaches_that_nothing_was_wanted(house: House) -> None:
    house.model.beliefs["a light lunch"] = SURE_LIT
    house.say("a light lunch", 10)
    house.flip("dark", 14, directive="directive-u1")
    assert house.labels == {"a light lunch": "none"}
    assert house.diary.last_exchanges(1)[0].label.source == "correction"


def test_a_flip_falls_on_what_sounded_like_a_command_rather_than_on_the_last_words(
    house: House,
) -> None:
    house.model.beliefs["lumos"] = (0.65, 0.34, 0.01)
    house.say("lumos", 10)
    house.say("and then she told me about the train that was late again", 12)
    assert house.flip("lit", 13.5) == "u1"


def test_of_something_said_twice_before_a_flip_neither_is_learned_as_nothing(house: House) -> None:
    house.say("switch it on now", 10)
    house.say("switch it on new", 13)
    house.flip("lit", 16)
    house.wait_until(60)
    assert set(house.labels.values()) == {"lit"}


def test_what_is_said_again_at_once_is_likelier_meant_for_the_lamp(house: House) -> None:
    house.model.beliefs["lumos"] = (0.45, 0.53, 0.02)
    house.say("what a day", 9)
    house.say("lumos", 10)
    assert house.directives == []
    house.say("lumos", 13)
    assert [directive.state for directive in house.directives] == ["lit"]
    house.wait_until(40)
    assert house.diary.last_exchanges(1)[0].label.action == "lit"


def test_what_is_said_again_much_later_is_not_a_repeat(house: House) -> None:
    house.model.beliefs["lumos"] = (0.65, 0.34, 0.01)
    house.say("lumos", 10)
    house.say("lumos", 19)
    assert house.directives == []


def test_silence_teaches_that_nothing_was_wanted(house: House) -> None:
    house.say("what a day", 10)
    house.wait_until(21)
    assert house.labels == {}
    house.wait_until(23)
    assert house.labels == {"what a day": "none"}


def test_an_action_nobody_undid_was_wanted(house: House) -> None:
    house.model.beliefs["lumos"] = SURE_LIT
    house.say("lumos", 10)
    house.wait_until(23)
    assert house.labels == {"lumos": "lit"}


def test_silence_says_nothing_about_words_that_were_said_twice_in_vain(house: House) -> None:
    for at, text in ((10, "rise and shine"), (14, "rise and shine"), (30, "what a day")):
        house.say(text, at)
    house.wait_until(24)  # the first alone has waited long enough
    assert house.labels == {}
    house.wait_until(100)
    assert house.labels == {"what a day": "none"}


def test_what_comes_over_and_over_again_is_no_command(house: House) -> None:
    for at in range(10, 40, 5):
        house.say("drip", at, f"drip at {at}")
    house.wait_until(100)
    assert house.labels == {"drip": "none"}


def test_silence_says_nothing_about_a_command_for_the_state_the_lamp_was_in(house: House) -> None:
    house.anticipator.lamp_changed("lit")
    house.say("nox", 10)
    house.flip("dark", 13)
    house.model.beliefs["nox"] = SURE_DARK
    house.say("nox", 100)
    house.wait_until(130)
    assert house.labels == {"nox": "dark"}
    assert house.diary.last_exchanges(1)[0].label is None


def test_taught_to_light_up_it_obeys_the_first_word_that_sounds_alike_when_lit(
    house: House,
) -> None:
    house.has_taught(lit=1, dark=0)
    house.anticipator.lamp_changed("lit")
    house.model.beliefs["switch the light off"] = (0.02, 0.97, 0.01)
    house.say("switch the light off", 10)
    (directive,) = house.directives
    assert directive.state == "dark"


def test_many_silent_labels_ask_for_a_refit(house: House) -> None:
    for number in range(20):
        house.say(f"chatter {number}", 10.0 + number)
    assert house.refits_asked_for == 0
    house.wait_until(100)
    assert house.refits_asked_for == 1


def test_after_a_restart_a_flip_still_finds_what_was_said_before_it(house: House) -> None:
    house.say("lumos", 10)
    reborn = House(house.diary)
    reborn.clock.advance(12)
    reborn.anticipator._pending = reborn.anticipator._still_open(12)
    assert reborn.flip("lit", 13) == "u1"


def test_after_a_reboot_old_times_are_not_mistaken_for_recent_ones(house: House) -> None:
    house.say("lumos", 1_000_000)
    reborn = House(house.diary)
    assert reborn.anticipator.pending == ()


def test_a_wall_clock_years_off_changes_nothing_but_the_night(house: House) -> None:
    house.clock._began = house.clock._began.replace(year=1970)
    house.say("lumos", 10)
    house.clock._began = house.clock._began.replace(year=2090)
    assert house.flip("lit", 13) == "u1"


def test_a_new_model_is_told_what_was_learned_since_it_was_made(house: House) -> None:
    house.say("lumos", 10)
    house.flip("lit", 13)
    position = house.diary.position()
    house.say("nox", 40)
    house.flip("dark", 43)
    newer = type(house.model)()
    house.anticipator.adopt(newer, position)
    assert [example.text for example in newer.taught] == ["nox"]


def test_relabelling_takes_the_old_label_back_from_a_model_that_knew_it(house: House) -> None:
    from lamp.diary.exchange import Label

    house.say("lumos", 10)
    house.flip("lit", 13)
    position = house.diary.position()
    house.diary.write_labels([("u1", Label("none", 1.0, "flip"))])
    newer = type(house.model)()
    house.anticipator.adopt(newer, position)
    taken_back, taught = newer.taught
    assert (taken_back.label, taken_back.weight) == (1, -house.model.taught[0].weight)
    assert (taught.label, taught.weight) == (0, 1.0)


def test_at_night_it_needs_to_be_surer(house: House) -> None:
    night = House(deciding=Deciding(boldness_at_night=0.1, night="11:00-13:00"))
    night.has_taught_both_states_often()
    for one in (house, night):
        one.model.beliefs["lumos"] = (0.25, 0.74, 0.01)
        one.say("what a day", 9)
        one.say("lumos", 10)
    assert (len(house.directives), len(night.directives)) == (1, 0)


def test_a_disk_that_refuses_stops_neither_deciding_nor_learning(house: House) -> None:
    house.diary._db.execute("PRAGMA query_only = ON")
    house.model.beliefs["lumos"] = SURE_LIT
    house.say("lumos", 10)
    house.flip("dark", 14)
    assert len(house.directives) == 1
    assert [example.label for example in house.model.taught] == [0]
    assert "cannot be written" in house.anticipator.trouble
    house.diary._db.execute("PRAGMA query_only = OFF")
    house.say("nox", 60)
    assert house.anticipator.trouble == ""


def test_every_decision_is_told_to_whoever_watches(house: House) -> None:
    house.model.beliefs["lumos"] = (0.48, 0.06, 0.46)
    house.say("lumos", 10)
    (decided,) = [message for _, message in house.sent if isinstance(message, Decided)]
    assert (decided.text, decided.action) == ("lumos", "none")
    assert "70% needed" in decided.reason


def test_asked_for_the_state_it_was_in_and_acting_wrongly_it_learns_what_was_meant() -> None:
    house = House()  # only one state was ever taught: the other may be guessed
    house.say("lumos", 10)
    house.flip("lit", 13)
    house.model.beliefs["lumos"] = (0.01, 0.74, 0.25)
    house.say("lumos", 60)
    assert [directive.state for directive in house.directives] == ["dark"]
    house.flip("lit", 64, directive="directive-u2")
    assert house.labels == {"lumos": "lit"}
    assert house.diary.last_exchanges(1)[0].label.source == "correction"


def test_an_action_that_another_soon_undid_was_watched_too_briefly_to_teach_much(
    house: House,
) -> None:
    house.model.beliefs |= {"one": SURE_LIT, "two": SURE_DARK}
    house.say("one", 10)
    house.say("two", 12)
    house.wait_until(60)
    one, two = house.diary.last_exchanges(2)
    assert two.label is not None
    assert one.label is None or one.label.weight < two.label.weight / 2


def test_a_while_after_it_acted_it_is_as_bold_as_ever(house: House) -> None:
    house.has_taught_both_states_often()
    house.model.beliefs |= {"one": SURE_LIT, "two": (0.1, 0.01, 0.89)}
    house.say("one", 10)
    house.say("two", 20)
    assert [directive.state for directive in house.directives] == ["lit", "dark"]


def test_a_flip_there_and_back_takes_the_lesson_back(house: House) -> None:
    house.say("what a day", 10)
    house.flip("lit", 13)
    house.flip("dark", 14.5)
    taught, taken_back = house.model.taught
    assert taken_back == taught._replace(weight=-taught.weight)
    assert list(house.diary.labelled()) == []
    assert [entry.label.source for entry in house.diary.labels_after(0)] == ["flip", "withdrawn"]
    assert house.refits_asked_for == 2


def test_after_a_restart_what_was_withdrawn_is_not_taught_again(house: House) -> None:
    house.say("what a day", 10)
    house.flip("lit", 13)
    house.flip("dark", 14.5)
    model = BelievingModel()
    catch_up(model, house.diary, 0)
    assert sum(example.weight for example in model.taught) == 0
    catch_up(late := BelievingModel(), house.diary, 1)
    assert [example.weight for example in late.taught] == [-house.model.taught[0].weight]


def test_a_second_flip_after_a_while_is_a_flip_of_its_own(house: House) -> None:
    house.say("what a day", 10)
    house.flip("lit", 13)
    house.flip("dark", 18)
    assert house.labels == {"what a day": "lit"}


def test_what_is_said_out_of_a_silence_is_likelier_a_command(house: House) -> None:
    long = "would somebody please make some light"
    house.model.beliefs[long] = (0.1, 0.89, 0.01)
    for at in range(100, 106):
        house.say("and the television says so", at)
    house.say(long, 107)
    assert house.directives == []
    house.say(long, 140)
    assert [directive.exchange for directive in house.directives] == ["u8"]


def test_what_was_taught_is_known_again_after_a_restart(house: House) -> None:
    for at in range(100, 400, 60):
        house.say("lumos", at)
        house.flip("lit", at + 3)
        house.say("nox", at + 30)
        house.flip("dark", at + 33)
    again = House(house.diary)
    loud = Moment(30.0, 30.0, 5, 0.0)
    before, after, fresh = house.anticipator, again.anticipator, House().anticipator
    for text in map(SoftText.of_text, ("lumos", "nox", "what a day")):
        remembered = before._words.examples.probabilities(text)
        assert after._words.examples.probabilities(text) == pytest.approx(remembered)
        assert remembered != pytest.approx(fresh._words.examples.probabilities(text))
    assert after._manner.odds(loud) == pytest.approx(before._manner.odds(loud))
    assert after._manner.odds(loud) != pytest.approx(fresh._manner.odds(loud))


def test_the_owners_word_corrects_what_silence_had_confirmed(house: House) -> None:
    house.model.beliefs["a light lunch"] = SURE_LIT
    house.say("a light lunch", 10)
    house.wait_until(60)
    assert house.diary.exchange("u1").label.source == "kept"
    house.anticipator.told(wrong("u1"), 61)
    label = house.diary.exchange("u1").label
    assert (label.action, label.weight, label.source) == ("none", 1.0, "correction")
    assert house.refits_asked_for == 1
    house.say("a light lunch", 70)
    assert len(house.directives) == 1


def test_the_owners_word_teaches_like_a_flip(house: House) -> None:
    house.say("lumos", 10)
    house.anticipator.told(Meant("u1", "lit"), 11)
    assert [(one.text, one.label) for one in house.model.taught] == [("lumos", 1)]
    assert house.anticipator.pending == ()
    assert house.flip("lit", 13) is None  # which is charged to nothing, as that is settled
    assert house.diary.exchange("u1").label.flip == "told"


def test_the_owners_word_on_what_is_not_in_the_diary_teaches_nothing(house: House) -> None:
    house.anticipator.told(Meant("nobody", "lit"), 11)
    assert house.sent == []


def test_what_shall_be_forgotten_is_taken_back_and_not_in_the_diary(house: House) -> None:
    house.say("lumos", 10)
    house.flip("lit", 13)
    house.say("lumos", 40)  # which tells of the first as its lesson
    house.anticipator.forget("u1")
    learned, taken_back = (one.weight for one in house.model.taught)
    assert learned == -taken_back > 0
    assert house.diary.exchange("u1") is None
    assert house.diary.counts() == {"exchanges": 1, "flips": 1}
    assert house.diary.flips(1)[0].exchange == ""
    rows = house.diary._db.execute("SELECT id, lessons FROM exchanges").fetchall()
    assert [tuple(row) for row in rows] == [("u2", "[]")]


def test_what_is_forgotten_gets_no_label_any_more(house: House) -> None:
    house.say("lumos", 10)
    house.anticipator.forget("u1")
    assert house.anticipator.pending == ()
    assert house.flip("lit", 12) is None


def test_the_same_word_twice_is_one_lesson(house: House) -> None:
    house.say("lumos", 10)
    for at in (11, 12):
        house.anticipator.told(Meant("u1", "lit"), at)
    assert house.diary.position() == house.refits_asked_for == 1


def test_wrong_is_a_correction_also_where_the_lamp_did_nothing(house: House) -> None:
    house.say("lumos", 10)
    house.flip("lit", 13)
    house.anticipator.told(wrong("u1"), 20)
    label = house.diary.exchange("u1").label
    assert (label.action, label.source) == ("none", "correction")


def test_while_learning_is_frozen_it_obeys_and_learns_nothing(house: House) -> None:
    house.model.beliefs["lumos"] = SURE_LIT
    house.anticipator.frozen = True
    house.say("lumos", 10)
    assert [directive.state for directive in house.directives] == ["lit"]
    house.flip("dark", 13, directive="directive-u1")
    house.say("what a day", 20)
    house.wait_until(60)
    assert house.model.taught == []
    assert house.diary.position() == house.refits_asked_for == 0
    assert house.diary.counts()["flips"] == 1
    assert house.anticipator.pending == ()
    house.anticipator.told(wrong("u1"), 61)  # what is said outright still counts
    assert house.diary.exchange("u1").label.source == "correction"


def test_a_flip_that_undoes_what_came_from_outside_is_about_nothing_that_was_said(
    house: House,
) -> None:
    house.say("what a day", 10)
    house.anticipator.lamp_changed("lit")
    assert house.flip("dark", 12, directive="outside-1") is None
    assert house.model.taught == []
    assert house.diary.flips(1)[0].directive == "outside-1"


def test_each_exchange_tells_which_lessons_are_like_it(house: House) -> None:
    house.say("lumos", 10)
    house.flip("lit", 12)
    house.say("what a lovely day it was", 40)
    house.say("lumos", 60)
    _, unlike, like = house.diary.last_exchanges(3)
    assert (unlike.lessons, like.lessons) == ((), ("u1",))
