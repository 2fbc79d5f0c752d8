"""The language model as others use it."""

from __future__ import annotations

import numpy as np
import pytest

from lamp.language_model import (
    PRESETS,
    Example,
    LanguageModel,
    Settings,
    StepBudget,
    TimeBudget,
    UnknownAction,
)

ACTIONS = ("<none>", "<lit>", "<dark>")
SAID = {
    0: ["what shall we eat", "the news at nine", "did you call your mother", "it rained all day"],
    1: ["turn on the light", "lights on please", "make it bright"],
    2: ["turn off the light", "lights off please", "make it dark"],
}
HEARD_WRONG = {
    "turm on the ligt": 1,
    "lihts on pleas": 1,
    "turn of the lite": 2,
    "the nws at nin": 0,
}


@pytest.fixture
def examples() -> list[Example]:
    return [Example(text, label) for label, texts in SAID.items() for text in texts] * 3


@pytest.fixture
def fitted(examples: list[Example]) -> LanguageModel:
    return fit(examples)


def fit(examples: list[Example], seed: int = 0) -> LanguageModel:
    rng = np.random.default_rng(seed)
    return LanguageModel.fit(examples, ACTIONS, Settings(), StepBudget(30), rng)


@pytest.mark.parametrize("actions", [("<no>", "<yes>"), ACTIONS, tuple("abcdef")])
def test_a_fresh_model_does_nothing_almost_surely(actions: tuple[str, ...]) -> None:
    answer = LanguageModel.fresh(actions).predict("turn on the light")
    assert answer.shape == (len(actions),)
    assert answer[0] > 0.999
    assert answer.sum() == pytest.approx(1)


def test_one_example_is_in_the_model_at_once() -> None:
    model = LanguageModel.fresh(ACTIONS)
    for text in SAID[0]:
        model.observe(Example(text, 0))
    model.observe(Example("lights on", 1))
    assert model.predict("lights on").argmax() == 1
    assert model.predict("what is there to eat").argmax() == 0


def test_an_action_that_no_example_had_has_no_chance() -> None:
    model = LanguageModel.fresh(ACTIONS)
    model.observe(Example("lights on", 1))
    assert model.predict("lights on")[2] < 1e-6


def test_an_example_taken_back_leaves_no_trace(fitted: LanguageModel) -> None:
    texts = [text for texts in SAID.values() for text in texts]
    before = [fitted.predict(text) for text in texts]
    fitted.observe(Example("lights on please", 2, 0.7))
    assert not np.array_equal(fitted.predict("lights on please"), before[5])
    fitted.observe(Example("lights on please", 2, -0.7))
    assert all(
        np.array_equal(fitted.predict(text), old) for text, old in zip(texts, before, strict=True)
    )


def test_relabelling_moves_the_answer(fitted: LanguageModel) -> None:
    for _ in range(3):
        fitted.observe(Example("make it bright", 1, -1.0))
        fitted.observe(Example("make it bright", 2, 1.0))
    assert fitted.predict("make it bright")[2] > fit_once_more()[2]


def fit_once_more() -> np.ndarray:
    examples = [Example(text, label) for label, texts in SAID.items() for text in texts] * 3
    return fit(examples).predict("make it bright")


@pytest.mark.parametrize(("text", "label"), HEARD_WRONG.items())
def test_noisy_spelling_is_understood(fitted: LanguageModel, text: str, label: int) -> None:
    assert fitted.predict(text).argmax() == label


@pytest.mark.parametrize("text", ["жжж щщщ", "0987", ""])
def test_a_text_of_which_nothing_is_known_asks_for_nothing(
    fitted: LanguageModel, text: str
) -> None:
    for label, texts in SAID.items():
        for known in texts:
            fitted.observe(Example(known, label))
    assert fitted.predict(text).argmax() == 0


def test_the_same_seed_gives_the_same_model(examples: list[Example]) -> None:
    left, right = fit(examples, 3), fit(examples, 3)
    assert left.held_out == right.held_out
    assert np.array_equal(left.predict("lights of"), right.predict("lights of"))


def test_global_randomness_is_left_alone(examples: list[Example]) -> None:
    np.random.seed(5)
    before = np.random.random(3)
    np.random.seed(5)
    fit(examples)
    assert np.array_equal(np.random.random(3), before)


def test_the_refinement_lowers_the_loss_of_the_closed_form(examples: list[Example]) -> None:
    closed = LanguageModel.fit(examples, ACTIONS)
    asked = [Example(text, label) for text, label in HEARD_WRONG.items()]
    assert fit(examples).score(asked).cross_entropy < closed.score(asked).cross_entropy


def test_the_closed_form_alone_knows_what_it_counted(examples: list[Example]) -> None:
    assert LanguageModel.fit(examples, ACTIONS).score(examples).accuracy == 1


def test_a_spent_budget_still_gives_a_usable_model(examples: list[Example]) -> None:
    model = LanguageModel.fit(examples, ACTIONS, Settings(), TimeBudget(0, lambda: 0.0))
    assert model.score(examples).accuracy > 0.9


def test_examples_without_weight_are_not_learned(examples: list[Example]) -> None:
    wrong = [Example("lights on please", 2, 0.0)] * 20
    assert fit([*examples, *wrong]).predict("lights on please").argmax() == 1


def test_fitting_nothing_gives_a_fresh_model() -> None:
    answer = LanguageModel.fit([], ACTIONS, Settings(), StepBudget(5)).predict("lights on")
    assert np.array_equal(answer, LanguageModel.fresh(ACTIONS).predict("lights on"))


@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_that_is_no_action_is_refused(label: int) -> None:
    with pytest.raises(UnknownAction, match="not one of 3"):
        LanguageModel.fresh(ACTIONS).observe(Example("lights on", label))
    with pytest.raises(UnknownAction):
        LanguageModel.fit([Example("lights on", label)], ACTIONS)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_learns(preset: str, examples: list[Example]) -> None:
    model = LanguageModel.fit(examples, ACTIONS, PRESETS[preset], StepBudget(10))
    assert model.score(examples).accuracy > 0.9


def test_any_number_of_actions_can_be_learned() -> None:
    words = ["north", "south", "east", "west", "up", "down"]
    examples = [Example(f"go {word} now", label) for label, word in enumerate(words)] * 5
    model = LanguageModel.fit(examples, words, Settings(balance=0), StepBudget(40))
    assert model.score(examples).accuracy == 1


def test_the_refinement_ends_long_before_a_generous_budget(
    examples: list[Example],
) -> None:
    budget = StepBudget(100_000)
    LanguageModel.fit(examples * 5, ACTIONS, Settings(), budget, np.random.default_rng(0))
    assert budget.fraction() < 0.001
