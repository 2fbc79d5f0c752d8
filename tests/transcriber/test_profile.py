from __future__ import annotations

from pathlib import Path

import pytest

from lamp.errors import AcousticModelError
from lamp.transcriber.profile import memory_of_this_machine, profile, profile_here


def test_a_small_model_is_light(beep_directory: Path) -> None:
    cost = profile(beep_directory)
    assert 0 < cost.real_time_factor < 1
    assert 0 < cost.cpu < 1
    assert 0 < cost.load < 10
    assert 20e6 < cost.memory < min(300e6, memory_of_this_machine())


def test_the_same_can_be_had_without_a_process(beep_directory: Path) -> None:
    assert profile_here(beep_directory, threads=1).real_time_factor > 0


def test_a_broken_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AcousticModelError, match="does not run here"):
        profile(tmp_path / "none")
