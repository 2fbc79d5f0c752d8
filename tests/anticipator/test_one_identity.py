"""An exchange that waits for a label and the same one read from the diary are one object.

Two objects for one exchange made the live model count a label twice: the one in waiting was
labelled by silence after the one read from the diary had been labelled by an earlier flip.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pytest

from lamp.language_model import Example
from tests.anticipator.conftest import BelievingModel, House
from tests.anticipator.life import catch_up


def net(taught: Iterable[Example]) -> dict[tuple[str, int], float]:
    """(text, label): weight that is left of everything taught and taken back."""
    weights: defaultdict[tuple[str, int], float] = defaultdict(float)
    for example in taught:
        weights[example.text, example.label] += example.weight
    return {key: weight for key, weight in weights.items() if abs(weight) > 1e-9}


def test_the_live_model_knows_what_the_diary_knows(house: House) -> None:
    house.has_taught_both_states_often()
    house.model.beliefs["lumos"] = (0.97, 0.02, 0.01)
    house.model.beliefs["make it light"] = (0.35, 0.64, 0.01)
    house.model.beliefs["nox nox"] = (0.001, 0.001, 0.998)
    house.say("lumos", 7.0)  # overlooked
    house.say("make it light", 9.3)
    house.flip("lit", 11.0)  # put down to "make it light"
    house.say("nox nox", 13.0)  # obeyed
    house.model.beliefs["lumos"] = (0.35, 0.64, 0.01)
    house.say("lumos", 14.9)  # obeyed: the first "lumos" waits with it for a label
    house.flip("lit", 19.2)
    house.wait_until(60)  # the second "lumos" proves what the first flip was about
    replayed = BelievingModel()
    catch_up(replayed, house.diary, 0)
    assert net(house.model.taught) == pytest.approx(net(replayed.taught))


def test_what_waits_for_a_label_is_what_the_diary_hands_out(house: House) -> None:
    house.say("lumos", 7.0)
    (pending,) = house.anticipator.pending
    assert house.diary.exchange(pending.id) is pending
    (read,) = house.diary.last_exchanges(1)
    assert read is pending
