from __future__ import annotations

import pytest

from lamp.listen.word_findings import Fault, Known, Take, WordFindings, judge
from lamp.messages import State
from lamp.similarity import Calibration
from lamp.soft_text import SoftText


def takes(*texts: str) -> list[Take]:
    return [Take(text, 0.9, 1.0, SoftText.of_text(text)) for text in texts]


def known(number: int, text: str, means: str) -> Known:
    weights = {"none": (1.0, 0.0, 0.0), "lit": (0.0, 1.0, 0.0), "dark": (0.0, 0.0, 1.0)}[means]
    return Known(f"u{number}", SoftText.of_text(text), weights)


def judged(
    texts: tuple[str, ...],
    diary: tuple[Known, ...] = (),
    before: tuple[str, ...] = (),
    wanted: tuple[State, ...] = ("lit", "dark"),
) -> WordFindings:
    return judge(takes(*texts), diary, takes(*before), Calibration(), wanted, needed=0.7)


def test_a_word_heard_alike_each_time_is_a_good_one() -> None:
    found = judged(("LUMOS", "LUMOS", "LUMAS"))
    assert found.faults == ()
    assert len(found.alike) == 3
    assert found.alike[0] == max(found.alike) > 3
    assert found.recognised is not None
    assert found.recognised > 0.9
    assert found.neighbours == ()
    assert not found.calibrated


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        (("LUMOS",), "said once"),
        (("LUMOS", "LUMOS", ""), "unheard"),
        (("", "", ""), "unheard"),
        (("LUMOS", "LUMOS", "KITCHEN"), "unlike"),
        (("ON", "ON", "ON"), "short"),
    ],
)
def test_what_is_wrong_with_a_word(texts: tuple[str, ...], fault: Fault) -> None:
    assert judged(texts).faults == (fault,)


def test_a_word_that_was_not_heard_at_all_has_no_likeness() -> None:
    found = judged(("", "", ""))
    assert found.alike == ()
    assert found.recognised is found.confused is None
    assert found.letters == 0


def test_a_word_like_the_one_before_means_both() -> None:
    found = judged(("LUMOS", "LUMOS", "LUMOS"), before=("LUMOS", "LUMOS", "LUMOS"))
    assert found.faults == ("means both",)
    assert [(each.means, each.text) for each in found.neighbours] == [("before", "LUMOS")]
    unlike = judged(("LUMOS", "LUMOS", "LUMOS"), before=("KITCHEN", "KITCHEN", "KITCHEN"))
    assert unlike.faults == ()


def test_a_word_that_the_diary_has_for_the_other_state_means_both() -> None:
    diary = (known(1, "LUMOS", "dark"), known(2, "NOX", "lit"))
    texts = ("LUMOS", "LUMOS", "LUMOS")
    assert judged(texts, diary, wanted=("lit",)).faults == ("means both",)
    assert judged(texts, diary, wanted=("dark",)).faults == ()
    assert judged(texts, diary).faults == (), "it is good for the state that it means already"


def test_the_likest_of_each_meaning_is_told() -> None:
    diary = (
        known(1, "WHATADAY", "none"),
        known(2, "LUMAS", "lit"),
        known(3, "GARDEN", "lit"),
        known(4, "NOX", "dark"),
    )
    found = judged(("LUMOS", "LUMOS", "LUMOS"), diary)
    told = {each.means: each for each in found.neighbours}
    assert {means: each.text for means, each in told.items()} == {
        "none": "WHATADAY",
        "lit": "LUMAS",
        "dark": "NOX",
    }
    assert told["lit"].nats > 0 > max(told["none"].nats, told["dark"].nats)


def test_words_that_are_often_overheard_are_not_known_again_by_one_flip() -> None:
    """Said twenty times for nothing: one flip cannot outweigh that."""
    diary = tuple(known(number, "COFFEE", "none") for number in range(20))
    found = judged(("COFFEE", "COFFEE", "COFFEE"), diary)
    assert found.faults == ("unsure",)
    assert found.recognised is not None
    assert found.recognised < 0.2
