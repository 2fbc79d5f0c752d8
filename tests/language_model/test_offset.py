"""What speaks for an action beside the text: the model learns only what that gets wrong."""

from __future__ import annotations

import numpy as np
import pytest

from lamp.language_model import Example, LanguageModel, Settings, StepBudget

ACTIONS = ("<none>", "<lit>", "<dark>")
SAID = (("lumos", 1), ("nox", 2), ("what a day", 0), ("is it late", 0))
# No weight on the counts: what is left is the correction that the fit adds.
SETTINGS = Settings(bits=5, vocabulary=31, radii=(1,), logit_scale=1e-6, label_smoothing=0.0)


def examples(nats: float) -> list[Example]:
    """Each with ``nats`` that speak for its own label."""
    return [
        Example(text, label, 1.0, (), tuple(nats * (label == action) for action in range(3)))
        for text, label in SAID * 4
    ]


def correction(nats: float) -> float:
    """The size of what a fit adds to the closed form."""
    model = LanguageModel.fit(examples(nats), ACTIONS, SETTINGS, StepBudget(30))
    dense, grams = model.fitted.correction
    return float(np.abs(dense).sum() + np.abs(grams).sum())


def test_where_offsets_explain_everything_nothing_is_left_to_learn() -> None:
    assert correction(25.0) < 1e-3 * correction(0.0)


def test_offsets_that_are_wrong_are_learned_against() -> None:
    misled = [
        example._replace(offset=tuple(np.roll(example.offset, 1))) for example in examples(3.0)
    ]
    model = LanguageModel.fit(misled, ACTIONS, Settings(), StepBudget(60))
    before = LanguageModel.fit(misled, ACTIONS, Settings())
    for example in misled[:4]:
        wrong = before.predict(example.text, (), example.offset)[example.label]
        assert model.predict(example.text, (), example.offset)[example.label] > wrong


def test_an_offset_is_added_to_the_logits() -> None:
    model = LanguageModel.fit(examples(0.0), ACTIONS, Settings())
    plain, same = model.predict("lumos"), model.predict("lumos", (), (0.0, 0.0, 0.0))
    assert plain == pytest.approx(same)
    towards = [model.predict("lumos", (), (0.0, 0.0, nats))[2] for nats in (-2.0, 0.0, 2.0)]
    assert towards == sorted(towards)
    assert towards[0] < plain[2] < towards[2]
    alike = model.predict("lumos", (), (1.5, 1.5, 1.5))
    assert alike == pytest.approx(plain)


def test_no_offset_gives_a_chance_to_an_action_that_no_example_had() -> None:
    model = LanguageModel.fit([Example("lumos", 1), Example("tea", 0)], ACTIONS, Settings())
    assert model.predict("nox", (), (0.0, 0.0, 20.0))[2] < 1e-6
