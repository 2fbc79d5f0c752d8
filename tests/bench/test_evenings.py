"""What a diary says is put beside what was really said."""

from __future__ import annotations

from bench.evenings.__main__ import evening, foot, head
from bench.evenings.record import Record
from bench.evenings.truth import log_of, said_then
from bench.household.measures import MEASURES as HOUSEHOLD
from bench.household.measures import acted_again, measure
from lamp.diary.exchange import Exchange, Label
from lamp.diary.reader import FlipEntry
from lamp.messages import Action, State
from lamp.simulate.household import Household, MoveSwitch, Say, evening_at_home
from lamp.simulate.repertoire import load_clips
from lamp.simulate.room import Saying

CLIPS = {clip.words: clip for clip in load_clips() if clip.take == 1}
SCHOOL = "in my day we walked to school"


def say(at: float, words: str) -> Say:
    clip = CLIPS[words]
    return Say(at, Saying(clip), clip.state)


def exchange(
    name: str,
    started: float,
    ended: float,
    before: State = "dark",
    action: Action = "none",
    flip: str = "",
) -> Exchange:
    label = Label("none", 1.0, "correction", flip) if flip else None
    return Exchange(name, name, 1.0, started, ended, before, action=action, label=label)


def house(said: list[Say], moves: list[MoveSwitch]) -> Household:
    household = evening_at_home(1, 1.0)
    household.said, household.switched = said, moves
    return household


def entry(name: str, at: float, state: State, blamed: str) -> FlipEntry:
    return FlipEntry(name, state, at, "", "", blamed)


def test_an_exchange_belongs_to_what_sounded_longest_in_it() -> None:
    said = [say(10.0, SCHOOL), say(14.0, "lumos")]
    assert said_then(said, exchange("a", 9.8, 11.7)) is said[0]
    assert said_then(said, exchange("b", 11.5, 14.6)) is said[1]
    assert said_then(said, exchange("c", 30.0, 31.0)) is None


def test_a_sentence_that_acts_again_after_its_correction_is_counted() -> None:
    household = house(
        [say(10.0, SCHOOL), say(40.0, SCHOOL), say(70.0, "lumos")],
        [MoveSwitch(13.0, "dark", "correct")],
    )
    record = Record(
        [
            exchange("a", 9.8, 11.8, action="lit", flip="f1"),
            exchange("b", 39.8, 41.8, action="lit"),
            exchange("c", 69.8, 70.6, "lit"),
        ],
        [entry("f1", 13.0, "dark", "a")],
    )
    log = log_of(household, record, 2.0)
    assert [one.words for one in log.heard] == [SCHOOL, SCHOOL, "lumos"]
    assert [one.false_action for one in log.heard] == [True, True, False]
    assert acted_again(log) == 1
    scores = measure(log)
    assert scores["charged_now"] == scores["charged_end"] == 1.0


def test_a_flip_charged_to_the_wrong_words_at_once_may_be_charged_right_in_the_end() -> None:
    household = house(
        [say(5.0, "lights off please"), say(10.0, "turn on the light")],
        [MoveSwitch(13.0, "lit", "teach")],
    )
    record = Record(
        [exchange("a", 4.8, 6.2), exchange("b", 9.8, 10.9, flip="f1")],
        [entry("f1", 13.0, "lit", "a")],
    )
    scores = measure(log_of(household, record, 2.0))
    assert scores["charged_now"] == 0.0
    assert scores["charged_end"] == 1.0


def test_a_command_cut_in_two_is_said_once() -> None:
    household = house([say(10.0, "turn on the light")], [])
    pieces = [exchange("a", 9.9, 10.3), exchange("b", 10.4, 10.9, "dark", "lit")]
    log = log_of(household, Record(pieces), 2.0)
    assert [one.first for one in log.heard] == [True, False]


def test_what_the_lamp_heard_while_nobody_spoke_was_meant_by_nobody() -> None:
    log = log_of(house([], []), Record([exchange("a", 5.0, 6.0, action="lit")]), 2.0)
    assert log.heard[0].wanted is None
    assert log.heard[0].false_action


def test_the_table_has_a_row_an_evening_and_the_mean_and_the_worst() -> None:
    scores = [
        {one.name: value for one in HOUSEHOLD} | {"commands": 50, "obeyed": 0.8, "obeyed_later": 1}
        for value in (1.0, 4.0)
    ]
    rows = [evening(seed, each) for seed, each in enumerate(scores)]
    lines = "\n".join([head(), *rows, foot(scores)]).splitlines()
    names = [line.split("|")[1].strip() for line in lines[2:]]
    assert names == ["0", "1", "**mean**", "**median**", "**worst**"]
    assert len({line.count("|") for line in lines}) == 1
    assert "| 2.5 |" in lines[4]
    assert "| 4 |" in lines[6]
