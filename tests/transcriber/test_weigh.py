from __future__ import annotations

from pathlib import Path

import pytest

from lamp.errors import AcousticModelError
from lamp.transcriber.weigh import memory_of_this_machine, weigh, weigh_here


def test_a_small_model_is_light(beep_directory: Path) -> None:
    weight = weigh(beep_directory)
    assert 0 < weight.real_time_factor < 1
    assert 0 < weight.cpu < 1
    assert 0 < weight.load < 10
    assert 20e6 < weight.memory < min(300e6, memory_of_this_machine())


def test_the_same_can_be_had_without_a_process(beep_directory: Path) -> None:
    assert weigh_here(beep_directory, threads=1).real_time_factor > 0


def test_a_broken_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AcousticModelError, match="does not run here"):
        weigh(tmp_path / "none")
