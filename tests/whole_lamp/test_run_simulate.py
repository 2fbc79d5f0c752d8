"""``lamp run --simulate`` as somebody at a laptop, or a script, starts it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lamp.simulate.repertoire import CLIPS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


class Laptop:
    """A terminal lamp in a process of its own; what it writes, and a keyboard of pipe."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.output = folder / "output.txt"
        directories = {
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HOME": str(folder),
        }
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-c", "from lamp.cli.main import main; main()"),
                    *("run", "--simulate", *arguments),
                ],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | directories,
                cwd=folder,
            )

    def press(self, keys: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(keys)
        self.process.stdin.flush()

    @property
    def shown(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def until(self, come: Callable[[str], bool], seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not come(self.shown):
            assert self.process.poll() is None, self.shown
            assert time.monotonic() < deadline, self.shown
            time.sleep(0.05)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)
        if self.process.stdin is not None:
            self.process.stdin.close()


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Callable[..., Laptop]]:
    started: list[Laptop] = []

    def start(*arguments: str) -> Laptop:
        started.append(Laptop(tmp_path, *arguments))
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    for clip in sorted(CLIPS.glob("ben-switch-the-lamp-on-*.wav")):
        shutil.copy(clip, folder)
    return folder


def test_recordings_are_heard_the_space_bar_teaches_and_q_ends(
    laptop: Callable[..., Laptop], recordings: Path
) -> None:
    lamp = laptop("--audio", str(recordings))
    lamp.until(lambda shown: shown.count("heard “") == 2)
    lamp.press(b" ")
    lamp.until(lambda shown: "lit, by the switch" in shown and "” means lit" in shown)
    lamp.press(b"q")
    assert lamp.process.wait(20) == 0
    assert "\x1b" not in lamp.shown


def test_without_a_keyboard_it_is_a_lamp_until_it_is_told_to_end(
    laptop: Callable[..., Laptop], recordings: Path
) -> None:
    lamp = laptop("--audio", str(recordings))
    assert lamp.process.stdin is not None
    lamp.process.stdin.close()
    lamp.until(lambda shown: "heard “" in shown)
    lamp.process.send_signal(signal.SIGTERM)
    assert lamp.process.wait(20) == 0


def test_recordings_that_cannot_be_read_leave_a_lamp_with_a_switch(
    laptop: Callable[..., Laptop], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"this is no recording")
    lamp = laptop("--audio", str(broken))
    lamp.until(lambda shown: "recorder: " in shown and "broken.wav" in shown)
    lamp.press(b" ")
    lamp.until(lambda shown: "lit, by the switch" in shown)
