"""The five real processes: the switch works whatever happens to the others, and they come back."""

from __future__ import annotations

import os
import signal

import pytest

from lamp.diary.writer import Diary
from lamp.messages import Decided, Labelled
from lamp.runtime.paths import diary_path, operator_state_path
from lamp.runtime.processes import PROCESSES
from lamp.simulate.household import Say
from lamp.simulate.repertoire import load_clips
from lamp.simulate.room import Saying
from tests.whole_lamp.conftest import LEARNING_SIDE, Rig

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def say(rig: Rig, words: str) -> Say:
    """Somebody says ``words`` and is heard to the end."""
    clip = next(clip for clip in load_clips() if clip.words == words)
    said = Say(rig.now + 0.5, Saying(clip), clip.state)
    rig.room.add(said.saying, said.at)
    rig.wait(0.5 + said.saying.seconds + 1.5)
    return said


def heard(rig: Rig) -> int:
    return sum(isinstance(message, Decided) for message in rig.told)


def flips_in_the_diary(rig: Rig) -> int:
    diary = Diary.open(diary_path(rig.supervisor.config), read_only=True)
    try:
        return len(diary.flips(100))
    finally:
        diary.close()


def test_a_flip_after_words_is_a_label_and_a_model(rig: Rig) -> None:
    say(rig, "turn on the light")
    rig.flip()
    rig.wait(1.0)
    labels = [message for message in rig.told if isinstance(message, Labelled)]
    assert [(label.label, label.source) for label in labels] == [("lit", "flip")]
    assert rig.lamp.state == "lit"


@pytest.mark.parametrize("name", PROCESSES)
def test_a_killed_process_comes_back_and_the_lamp_hears_and_learns_again(
    rig: Rig, name: str
) -> None:
    say(rig, "turn on the light")
    rig.flip()
    kept = operator_state_path(rig.supervisor.config)
    rig.until(lambda: '"lit"' in kept.read_text())  # written a moment after it has moved
    before, pid = heard(rig), rig.supervisor.pids[name]
    os.kill(pid, signal.SIGKILL)
    rig.until(lambda: rig.supervisor.pids.get(name, pid) != pid)
    rig.wait(1.0)  # the house waits for those that are still waking
    assert rig.lamp.late == 0
    assert rig.lamp.state == "lit"
    say(rig, "turn off the light")
    assert heard(rig) == before + 1
    rig.flip()
    rig.wait(1.0)
    assert flips_in_the_diary(rig) == 2


def test_the_switch_works_while_the_learning_side_stands_still(rig: Rig) -> None:
    for name in LEARNING_SIDE:
        os.kill(rig.supervisor.pids[name], signal.SIGSTOP)
    rig.lamp.patience = 0.05
    for _ in range(4):
        assert rig.flip() < 0.5
        rig.now += 1.0
    assert flips_in_the_diary(rig) == 0
    for name in LEARNING_SIDE:
        os.kill(rig.supervisor.pids[name], signal.SIGCONT)
    rig.wait(1.0)
    rig.until(lambda: flips_in_the_diary(rig) == 4)  # not one was lost
