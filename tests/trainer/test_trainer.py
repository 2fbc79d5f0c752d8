from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from lamp.diary import conversation
from lamp.diary.exchange import Exchange, Label
from lamp.language_model import PRESETS, LanguageModel, StepBudget
from lamp.messages import Action
from lamp.trainer.promotion import judge, lived, relived
from lamp.trainer.trainer import Trainer

SMALL = PRESETS["potato"]


def lived_exchange(number: int, text: str, label: Action, belief: float) -> Exchange:
    """One whose live model gave ``belief`` to what turned out to be right."""
    rest = (1 - belief) / 2
    right = ("none", "lit", "dark").index(label)
    beliefs = [belief if each == right else rest for each in range(3)]
    return Exchange(
        id=f"u{number}",
        text=text,
        confidence=1.0,
        started=number,
        ended=number + 0.5,
        state_before="lit" if label == "dark" else "dark",
        words=(beliefs[0], beliefs[1], beliefs[2]),
        label=Label(label, 1.0, "silence" if label == "none" else "flip"),
    )


def evening(count: int, belief: float) -> list[Exchange]:
    said: list[tuple[str, Action]] = [
        ("turn the light on", "lit"),
        ("what is for dinner", "none"),
        ("turn the light off", "dark"),
        ("the train was late again", "none"),
    ]
    return [lived_exchange(n, *said[n % len(said)], belief) for n in range(count)]


def trainer(steps: int = 10) -> Trainer:
    return Trainer(SMALL, lambda: StepBudget(steps), seed=1)


def test_a_refit_learns_what_the_labels_say() -> None:
    model = trainer().refit(evening(60, 0.34)).model
    for text, action in (("turn the light on", 1), ("turn the light off", 2), ("dinner", 0)):
        before = conversation.before("lit" if action == 2 else "dark")
        assert model.predict(text, before).argmax() == action


def test_a_model_better_than_life_is_promoted() -> None:
    verdict = trainer().refit(evening(60, 0.34)).verdict
    assert verdict.promoted
    assert verdict.new < verdict.old == pytest.approx(-math.log(0.34))
    assert verdict.held_out == 12


def test_a_model_worse_than_life_is_not() -> None:
    actions: list[Action] = ["lit", "none", "none", "lit", "none"]
    riddle = [lived_exchange(n, "the same words", actions[n % 5], 0.99) for n in range(60)]
    verdict = trainer().refit(riddle).verdict
    assert not verdict.promoted
    assert verdict.new > verdict.old


def test_with_few_labels_there_is_nothing_to_compare_and_the_model_goes_live() -> None:
    verdict = trainer().refit(evening(8, 0.9999)).verdict
    assert verdict.promoted
    assert verdict.held_out == 0


def test_the_candidate_is_judged_on_what_it_was_not_fitted_on() -> None:
    seen: list[int] = []

    def fit(past: Sequence[Exchange]) -> LanguageModel:
        seen.append(len(past))
        return LanguageModel.fresh(conversation.TOKENS, SMALL)

    assert judge(evening(100, 0.5), fit).held_out == 20
    assert seen == [80]


def test_reliving_leaves_the_model_as_it_was() -> None:
    model = LanguageModel.fit(conversation.examples(evening(20, 0.5)), conversation.TOKENS, SMALL)
    before = model.predict("turn the light on").tolist()
    relived(model, evening(30, 0.5))
    assert model.predict("turn the light on").tolist() == before


def test_the_sizes_follow_the_diary_and_no_label_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamp.language_model.settings._FIRST_DOUBLING", 60)  # instead of 1,000
    young, grown = (trainer().refit(evening(count, 0.5)).model for count in (59, 62))
    assert grown.settings.vocabulary == 2 * young.settings.vocabulary
    assert grown.counts.seen().tolist() == [31, 16, 15]
    assert grown.predict("turn the light on", conversation.before("dark")).argmax() == 1


def test_one_surprise_does_not_decide() -> None:
    assert lived([lived_exchange(1, "x", "lit", 0.0)]) == pytest.approx(-math.log(1e-3))


def test_reliving_teaches_each_answer_only_after_it_was_asked() -> None:
    model = LanguageModel.fresh(conversation.TOKENS, SMALL)
    same = [lived_exchange(n, "lumos", "lit", 0.5) for n in range(8)]
    first, rest = relived(model, same[:1]), relived(model, same[1:])
    assert first > 4  # it knew nothing
    assert rest < first / 2  # and learned from being told


def test_the_same_labels_and_seed_give_the_same_model() -> None:
    one, other = (trainer().refit(evening(40, 0.5)).model for _ in range(2))
    assert (one.predict("turn the light") == other.predict("turn the light")).all()
