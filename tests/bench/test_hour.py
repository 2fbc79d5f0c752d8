"""An hour in a household of text, as the bench plays it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from bench.household.__main__ import main
from bench.household.contestants import NeverLamp, make
from bench.household.hour import play
from bench.household.learners import Example, LogisticLearner, NeighbourLearner
from bench.household.log import Log
from bench.household.measures import measure
from bench.household.reference import ReferenceLamp
from bench.household.scenarios import SCENARIOS, Scenario
from bench.household.seeds import seeds_of
from bench.household.speakers import WrittenVoices
from bench.household.words import FOREIGN, NICKNAME
from lamp.messages import State


class KnowingLamp(NeverLamp):
    """Told what was meant by everything, which no lamp is."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.meant: dict[str, State | None] = {}
        self.times: list[float] = []
        voices = WrittenVoices(scenario, scenario.habits(seed), seed)
        for person in voices.people:
            for lit, dark in person.favourites:
                self.meant |= {lit: "lit", dark: "dark"}

    def hear(self, t: float, transcript: str, lamp_is_lit: bool) -> State | None:  # type: ignore[override]
        self.times.append(t)
        return self.meant.get(transcript)

    def flipped(self, t: float, lamp_is_lit: bool) -> None:
        self.times.append(t)


def never(scenario: str, seed: int, minutes: float = 60.0) -> Log:
    return play(SCENARIOS[scenario], seed, NeverLamp(), minutes)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_everybody_gets_an_hour_of_commands_and_talk(scenario: str) -> None:
    scores = [measure(never(scenario, seed)) for seed in range(3)]
    for each in scores:
        assert 15 < each["commands"] < 220
        assert each["obeyed_20"] == 0
        assert each["false"] == each["again"] == each["against"] == each["correct"] == 0
        assert each["teach"] > 0.5 * each["commands"]


def test_the_same_seed_gives_the_same_hour_and_another_one_another() -> None:
    one, again, other = never("two", 1, 10), never("two", 1, 10), never("two", 2, 10)
    assert one.heard == again.heard
    assert one.heard != other.heard
    assert one.habits != other.habits


def test_a_lamp_that_knows_the_words_is_hardly_flipped() -> None:
    clear = Scenario("clear", rate=0.0, fixed={"p_novel": 0.0, "p_variation": 0.0})
    lamp = KnowingLamp(clear, 1)
    scores = measure(play(clear, 1, lamp))
    assert scores["obeyed_20"] == scores["obeyed_60"] == 1.0
    assert scores["flips"] == scores["false"] == 0
    assert lamp.times == sorted(lamp.times)


def test_two_lamps_hear_the_same_talk_though_they_behave_differently() -> None:
    deaf = never("base", 4)
    knn = play(SCENARIOS["base"], 4, make("knn", 4))
    assert any(one.acted for one in knn.heard)
    talk = [{one.words for one in log.heard if one.wanted is None} for log in (deaf, knn)]
    assert len(talk[0] & talk[1]) > 0.9 * len(talk[0] | talk[1])


def test_scenarios_differ_in_what_they_say_they_do() -> None:
    base, busy, friends = (never(name, 1) for name in ("base", "busy", "friends"))
    assert len(busy.heard) > 1.5 * len(base.heard)
    assert busy.habits.reaction_median == base.habits.reaction_median
    assert friends.habits.shows_per_hour == 8
    nicknames = {word for pair in NICKNAME for word in pair}
    said = [one.words for one in friends.heard if one.wanted]
    assert sum(words in nicknames for words in said) > 0.5 * len(said)
    assert SCENARIOS["noise3"].habits(1).p_redundant == 0.25
    two = never("two", 1)
    assert len({one.speaker for one in two.heard if one.wanted}) == 2


def test_requests_for_what_there_is_already_come_at_the_share_of_the_household() -> None:
    often = Scenario("often", fixed={"p_redundant": 0.25, "shows_per_hour": 0.0})
    firsts = [
        one
        for seed in range(4)
        for one in play(often, seed, NeverLamp()).heard
        if one.wanted and one.first
    ]
    redundant = sum(one.wanted == one.before for one in firsts)
    assert redundant / len(firsts) == pytest.approx(0.25, abs=0.07)


def test_a_foreign_speaker_keeps_to_one_language() -> None:
    voices = WrittenVoices(SCENARIOS["foreign"], SCENARIOS["foreign"].habits(3), 3)
    (person,) = voices.people
    languages = [name for name, pairs in FOREIGN.items() if set(person.favourites) <= set(pairs)]
    assert len(languages) == 1
    assert len(set(person.favourites)) == 4


@pytest.mark.parametrize("kind", [LogisticLearner, NeighbourLearner])
def test_learners_know_what_they_were_taught(kind: type) -> None:
    learner = kind()
    assert learner.predict("lights on")[0] == 1.0
    learner.fit(
        [
            Example("lights on", "lit"),
            Example("lights off", "dark"),
            Example("the weather is fine", "none"),
            Example("my sister called", "none"),
        ]
        * 3
    )
    for text, place in (("light son", 1), ("lights of", 2), ("the weather was fine", 0)):
        given = learner.predict(text)
        assert sum(given) == pytest.approx(1.0)
        assert max(given) == given[place]


def test_the_reference_policy_blames_what_was_just_said_and_learns_it() -> None:
    lamp = ReferenceLamp(NeighbourLearner(), 0.4)
    assert lamp.hear(10.0, "banana", False) is None
    lamp.flipped(13.0, True)
    assert lamp.hear(50.0, "potato", True) is None
    lamp.flipped(53.0, False)
    assert lamp.hear(90.0, "banana", False) == "lit"
    lamp.flipped(300.0, False)  # long after
    assert lamp.attributed() == [(13.0, 10.0), (53.0, 50.0), (300.0, None)]


def test_the_reference_policy_takes_back_what_was_undone() -> None:
    lamp = ReferenceLamp(NeighbourLearner(), 0.4)
    rng = random.Random(1)
    lamp.hear(10.0, "banana", False)
    lamp.flipped(13.0, True)
    assert lamp.hear(60.0, "bananas", False) == "lit"
    for at in (63.0, 123.0, 183.0):
        lamp.flipped(at, False)
        lamp.hear(at + 57.0, "bananas", False)
    assert lamp.hear(400.0 + rng.random(), "bananas", False) is None


@pytest.mark.parametrize("name", ["lr", "knn"])
def test_plain_learners_learn_in_half_an_hour(name: str) -> None:
    scores = measure(play(SCENARIOS["base"], 1, make(name, 1), 26.0))
    assert scores["obeyed_20"] > 0.5
    assert scores["flips"] < 0.7 * scores["commands"]
    assert scores["charged_now"] > 0.7


def test_the_command_line_prints_tables_and_keeps_scores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "scores.json"
    main(
        ["--scenario", "base", "--seeds", "1-2", "--against", "knn", "--minutes", "6",
         "--quartiles", "--json", str(kept)]
    )  # fmt: skip
    shown = capsys.readouterr().out
    assert "### base" in shown
    assert "| lamp | 2 |" in shown
    assert "| knn | 2 |" in shown
    assert "lamp against knn, flips:" in shown
    assert kept.read_text().count('"contestant"') == 4


def test_a_speaker_has_the_same_favourites_in_every_process() -> None:
    draw = (
        "import random\nfrom bench.household.speakers import Speaker\n"
        "print([Speaker('ada', 'mixed', random.Random(seed)).favourites for seed in range(5)])"
    )
    one, two = (
        subprocess.run(
            [sys.executable, "-c", draw], capture_output=True, check=True, text=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in "12"
    )  # fmt: skip
    assert "Pair" in one
    assert one == two


@pytest.mark.slow
def test_two_processes_give_the_table_that_one_gives() -> None:
    command = [sys.executable, "-m", "bench.household", "--seeds", "1-2", "--minutes", "4"]
    one, two = (
        subprocess.run([*command, "--jobs", jobs], capture_output=True, check=True, text=True)
        for jobs in "12"
    )
    assert "| lamp | 2 |" in one.stdout
    assert one.stdout == two.stdout


def test_a_scenario_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(SystemExit, match="castle"):
        main(["--scenario", "castle"])


def test_seeds_are_read_as_spans() -> None:
    assert seeds_of("0-3,7") == [0, 1, 2, 3, 7]
