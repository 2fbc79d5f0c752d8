"""Growth: what was learned stays, what is new is made from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.science.growing import Scalars, blended, grow, grown
from lamp.language_model import Example, LanguageModel, Settings, SettingsInvalid, StepBudget

ACTIONS = ("<none>", "<lit>", "<dark>")
SAID = [
    Example(text, label, before=("<dark>",))
    for label, texts in enumerate(
        (
            ["what is for dinner", "the news at nine", "did you call her", "it rained all day"],
            ["turn on the light", "lights on please", "make it bright"],
            ["turn off the light", "lights off please", "make it dark"],
        )
    )
    for text in texts
] * 3
NEW = [
    Example("zap zap zap", 1),
    Example("zip zip zip", 2),
    Example("zap zap now", 1),
    Example("the zoo in june", 0),
] * 4
SMALL = Settings(bits=6, vocabulary=40, block=16, radial=3, radii=(1,), gram_capacity=2_000)
LARGE = replace(SMALL, bits=8, vocabulary=200, block=24, radial=9, gram_capacity=9_000)


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    fitted = LanguageModel.fit(SAID, ACTIONS, SMALL, StepBudget(30), np.random.default_rng(0))
    rng = np.random.default_rng(7)  # as shipped, attention is even: nothing to see it by
    for matrix in fitted.fitted.attention:
        matrix[:] = 3 * rng.normal(size=matrix.shape)
    return fitted


def short_enough(model: LanguageModel) -> list[Example]:
    """Whose tokens all fit into the model's block."""
    encode = model.encoder.tokenizer.encode
    asked = [*SAID, Example("ligt on", 1), Example("", 0), Example("qqq", 0)]
    return [each for each in asked if len(encode(each.text)) <= model.settings.block]


@pytest.mark.parametrize(
    "settings",
    [
        replace(SMALL, bits=8),
        replace(SMALL, block=24),
        replace(SMALL, radii=(1, 2)),
        replace(SMALL, gram_capacity=9_000),
        replace(LARGE, radial=SMALL.radial),
    ],
)
def test_texts_whose_tokens_stay_are_answered_as_before(
    model: LanguageModel, settings: Settings
) -> None:
    larger = grow(model, settings)
    asked = short_enough(model)
    assert len(asked) > 20
    for each in asked:
        before, after = (
            model.predict(each.text, each.before),
            larger.predict(each.text, each.before),
        )
        assert np.allclose(before, after, atol=1e-12)


def test_new_tokens_leave_texts_without_them_alone(model: LanguageModel) -> None:
    larger = grow(model, replace(LARGE, radial=SMALL.radial), ["zap zap zap", "zip zip"])
    assert len(larger.encoder.tokenizer) > len(model.encoder.tokenizer)
    for each in short_enough(model):
        before, after = (
            model.predict(each.text, each.before),
            larger.predict(each.text, each.before),
        )
        if "<unk>" not in {model.encoder.tokenizer.tokens[t] for t in cut(model, each.text)}:
            assert np.allclose(before, after, atol=1e-12)


def cut(model: LanguageModel, text: str) -> list[int]:
    return [int(token) for token in model.encoder.tokenizer.encode(text)]


def test_a_new_action_changes_nothing_until_it_has_an_example(model: LanguageModel) -> None:
    larger = grow(model, SMALL, actions=(*ACTIONS, "<dim>"))
    for each in short_enough(model):
        answer = larger.predict(each.text, each.before)
        assert np.allclose(answer[:3], model.predict(each.text, each.before), atol=1e-9)
        assert answer[3] < 1e-9
    for _ in range(5):
        larger.observe(Example("just a glimmer", 3))
    assert larger.predict("just a glimmer").argmax() == 3


def test_what_is_observed_later_has_the_same_effect_on_the_larger_model(
    model: LanguageModel,
) -> None:
    left, right = grow(model, SMALL), grow(model, replace(SMALL, bits=8, gram_capacity=9_000))
    for one in (left, right):
        one.observe(Example("lights on please", 2, 3.0))
    assert np.allclose(left.predict("lights on"), right.predict("lights on"), atol=1e-12)
    assert not np.allclose(left.predict("lights on"), model.predict("lights on"), atol=1e-3)


def test_every_new_token_has_a_code_of_its_own_and_stays_a_distribution(
    model: LanguageModel,
) -> None:
    rows = grow(model, LARGE, [each.text for each in NEW]).encoder.embeddings
    assert np.allclose(rows[1:].sum(axis=1), 1)
    assert (rows >= 0).all()
    assert len(np.unique(rows.round(9), axis=0)) == len(rows)


def test_the_scalars_say_how_much_of_what_was_learned_stays(model: LanguageModel) -> None:
    forgetful = grow(model, SMALL, scalars=Scalars(dense=0, grams=0)).fitted.correction
    assert not forgetful.dense.any()
    assert not forgetful.grams.any()
    assert model.fitted.correction.grams.any()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"block": 3}, "block"),
        ({"radii": (2,)}, "radii"),
        ({"longest_gram": 3}, "longest_gram"),
        ({"bits": 5, "vocabulary": 31}, "bits"),
    ],
)
def test_nothing_shrinks(model: LanguageModel, wrong: dict[str, int], says: str) -> None:
    with pytest.raises(SettingsInvalid, match=says):
        grow(model, replace(SMALL, **wrong))  # type: ignore[arg-type]


def test_actions_are_not_forgotten(model: LanguageModel) -> None:
    with pytest.raises(SettingsInvalid, match="must begin with"):
        grow(model, SMALL, actions=("<none>", "<dark>", "<lit>"))


def test_learned_scalars_are_no_worse_on_what_they_were_learned_on(model: LanguageModel) -> None:
    patient = grown(model, NEW, LARGE, StepBudget(100))
    hasty = grown(model, NEW, LARGE, StepBudget(0))
    assert patient.score(NEW).cross_entropy <= hasty.score(NEW).cross_entropy + 1e-9


@pytest.mark.parametrize("way", ["grown", "blended"])
def test_a_larger_model_knows_the_old_and_the_new(model: LanguageModel, way: str) -> None:
    if way == "grown":
        larger = grown(model, NEW, LARGE, StepBudget(30))
    else:
        larger = blended(model, [*SAID, *NEW], LARGE, StepBudget(30))
    assert larger.settings == LARGE
    assert larger.score(SAID).accuracy > 0.9
    assert larger.score(NEW).accuracy > 0.9


def test_the_old_model_is_left_alone(model: LanguageModel) -> None:
    before = model.predict("lights on please")
    tokens = len(model.encoder.index)
    grown(model, NEW, LARGE, StepBudget(10))
    blended(model, [*SAID, *NEW], LARGE, StepBudget(10))
    assert np.array_equal(model.predict("lights on please"), before)
    assert len(model.encoder.index) == tokens


def test_a_grown_model_is_saved_and_loaded_like_any_other(
    model: LanguageModel, tmp_path: Path
) -> None:
    larger = grow(model, LARGE, ["zap zap zap"], (*ACTIONS, "<dim>"))
    larger.save(tmp_path / "model")
    loaded = LanguageModel.load(tmp_path / "model")
    for one in (larger, loaded):
        one.observe(Example("zap the lights", 3))
    assert np.array_equal(loaded.predict("zap zap"), larger.predict("zap zap"))
    assert loaded.settings == larger.settings


def test_taking_back_what_was_counted_before_growing_keeps_predictions_finite(
    model: LanguageModel,
) -> None:
    larger = grow(model, LARGE, [each.text for each in [*SAID, *NEW]])
    for each in SAID:
        larger.observe(each._replace(weight=-1.0))
    assert np.isfinite(larger.predict("lights on please")).all()
    assert larger.predict("lights on please").sum() == pytest.approx(1)
