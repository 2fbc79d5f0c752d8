"""The whole lamp, with real sound in and a real relay out: it hears, learns, and acts."""

from __future__ import annotations

import contextlib
import ctypes.util
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lamp.runtime.heartbeat import Health, read_health
from tests.hil.inside import sim
from tests.hil.inside.lamp import until
from tests.hil.inside.speaker import MICROPHONE, Speaker, pull_out, put_back

pytestmark = [
    pytest.mark.machine("sound"),
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        ctypes.util.find_library("portaudio") is None,
        reason="the PortAudio library is missing: sudo apt install libportaudio2",
    ),
]

COMMANDS = {True: "ada-lumos-2.wav", False: "ada-nox-1.wav"}
PROCESSES = {"operator", "recorder", "transcriber", "anticipator", "trainer"}
PATIENCE = 6.0  # s for the lamp to act; a bench is slower than a board may be
MOST_LESSONS = 12  # flips until it must have learnt both commands
CORRECTION_WINDOW = 5.0  # s, below PATIENCE: who flips then does so because nothing happened
CONTENT = CORRECTION_WINDOW + 1.0  # s after it acted until a flip is no complaint of that


class Lamp:
    """``lamp run`` on the simulated board."""

    def __init__(self, folder: Path, board: sim.Board) -> None:
        self.relay = board.line(sim.RELAY)
        self.switch = sim.Switch(board.line(sim.SWITCH))
        self.runtime = folder / "runtime"
        self._acted = 0.0  # s, monotonic
        self._log = folder / "log"
        (folder / "lamp.yaml").write_text(
            f"places: {{state: {folder / 'state'}, runtime: {self.runtime}}}\n"
            "pins: {board: le-potato, led: 33}\n"
            f"audio: {{device: '{MICROPHONE}'}}\n"
            "hearing: {oldest: 20}\n"
            "deciding: {oldest_action: 20, boldness_at_night: 0.3,"
            f" correction_window: {CORRECTION_WINDOW}}}\n"
        )
        with self._log.open("wb") as log:
            code = "from lamp.cli import main; main()"
            command = [sys.executable, "-c", code, "--config", str(folder / "lamp.yaml"), "run"]
            self.process = subprocess.Popen(command, stderr=log, stdout=log)

    def log(self) -> str:
        return self._log.read_text()

    def health(self, name: str) -> Health | None:
        return read_health(self.runtime).get(name)

    def wait_until_it_listens(self, seconds: float = 90.0) -> None:
        def awake() -> bool:
            healths = read_health(self.runtime)
            recorder = healths.get("recorder")
            heard = recorder is not None and recorder.alive and "level_db" in recorder.facts
            return set(healths) >= PROCESSES and heard

        until(awake, seconds, every=0.2)
        until(lambda: "listening to" in self.log(), seconds, every=0.2)

    def acts(self, lit: bool) -> bool:
        """Whether it brings the relay there by itself."""
        deadline = time.monotonic() + PATIENCE
        while self.relay.high != lit and time.monotonic() < deadline:
            time.sleep(0.05)
        if self.relay.high == lit:
            self._acted = time.monotonic()
        return self.relay.high == lit

    def let_be(self) -> None:
        """As people do who were understood: nobody touches the switch or speaks for a while.

        Else the next flip undoes what the lamp did, and teaches that it was wrong.
        """
        time.sleep(max(0.0, self._acted + CONTENT - time.monotonic()))

    def flip(self) -> None:
        before = self.relay.high
        self.switch.flip()
        until(lambda: self.relay.high != before)

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            print(self.log())


@pytest.fixture(scope="module")
def lamp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lamp]:
    with sim.board() as board, contextlib.closing(Lamp(tmp_path_factory.mktemp("l"), board)) as one:
        one.wait_until_it_listens()
        yield one


def teach(lamp: Lamp, speaker: Speaker) -> int:
    """Say the two commands in turn, and flip where nothing happens; lessons that it took.

    It is done when the lamp has acted by itself on both commands, one after the other.
    """
    lessons, obeyed = 0, 0
    while lessons < MOST_LESSONS:
        wanted = not lamp.relay.high
        lamp.let_be()
        speaker.say(COMMANDS[wanted])
        if lamp.acts(wanted):
            obeyed += 1
            if obeyed == 2:
                return lessons
            continue
        obeyed = 0
        lessons += 1
        lamp.flip()
    heard = read_health(lamp.runtime)["recorder"].facts
    raise AssertionError(f"nothing learnt in {lessons} lessons, {heard}\n{lamp.log()}")


@pytest.fixture(scope="module")
def lessons(lamp: Lamp) -> int:
    """How many it took a lamp that knew nothing. Whichever test comes first, it comes before."""
    with Speaker() as speaker:
        time.sleep(1.0)
        return teach(lamp, speaker)


def test_it_hears_and_learns_two_commands_from_flips(lamp: Lamp, lessons: int) -> None:
    assert lessons >= 1  # taught one command, it may guess the other
    assert "directive" in lamp.log()


@pytest.mark.usefixtures("lessons")
def test_a_microphone_that_is_pulled_out_and_put_back_is_heard_again(lamp: Lamp) -> None:
    before = lamp.health("recorder")
    assert before is not None
    pulled = pull_out()
    until(lambda: not before.alive, 30.0, every=0.1)
    pulled.join(30.0)
    assert not pulled.is_alive()
    until(lambda: lamp.log().count("Plug one in") > 0, 60.0, every=0.2)
    lamp.let_be()
    lamp.flip()  # the switch minds nothing of that
    put_back()
    heard = lamp.log().count("listening to")
    until(lambda: lamp.log().count("listening to") > heard, 90.0, every=0.2)
    with Speaker() as speaker:
        time.sleep(1.0)
        teach(lamp, speaker)  # the recorder is another one, but what was learnt is not lost
