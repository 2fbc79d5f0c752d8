"""``lamp demo``: an evening in the simulated house, through the real five processes."""

from __future__ import annotations

import json
import logging
import math
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO

from lamp.clock import LiveClock
from lamp.config import Config, Pins
from lamp.errors import LampError, StateReadOnly
from lamp.mailbox import Mailbox
from lamp.messages import Message
from lamp.runtime.paths import runtime_directory
from lamp.simulate.evening import play
from lamp.simulate.household import Household, evening_at_home
from lamp.simulate.learning_curve import Curve, draw
from lamp.simulate.live_view import Line, LiveView
from lamp.simulate.process_lamp import ProcessLamp
from lamp.simulate.room import Room
from lamp.simulate.summary import Summary, Tally, changes_asked, told
from lamp.supervisor import Supervisor, spawn_process
from lamp.transcriber.model_path import added_models, find_model

LOOK_EVERY = 0.1  # s between two looks at the processes
WAKING = 150.0  # s, the longest that the processes may take to start

log = logging.getLogger(__name__)


class LampAsleep(LampError):
    """The lamp's processes do not come to life."""


def run_demo(
    seed: int,
    out: Path,
    minutes: float = 30.0,
    *,
    speed: float = math.inf,
    base: Config | None = None,
    screen: TextIO | None = None,
    meanwhile: Callable[[float, Supervisor], None] = lambda *_: None,
    household: Household | None = None,
) -> Summary:
    """Play an evening, show it, and leave its picture, summary and log in ``out``.

    Args:
        seed: of all that people do; the same one gives the same evening.
        out: a folder, made if need be.
        minutes: of the evening, in its own time.
        speed: times faster than life, at the most.
        base: everything that the demo does not decide itself (hearing, deciding, training).
        screen: where the evening is shown; None: standard output.
        meanwhile: is told how late it is (s), and may do things to the processes.
        household: the people; None: those of ``seed``.

    Raises:
        LampError: the acoustic model is missing, or the processes do not start.
    """
    began = time.monotonic()
    screen = screen or sys.stdout
    _make(out)
    household = household or evening_at_home(seed, minutes)
    stage = Stage(household, screen, speed)
    with tempfile.TemporaryDirectory(prefix="lamp-demo-") as folder:
        config = demo_config(base or Config(), Path(folder), seed)
        find_model(config.hearing.model, added_models(config))  # better now than in a minute
        with _running(config, out / "lamp.log") as supervisor:
            screen.write("The lamp starts, knowing nothing. An evening begins...\n")
            screen.flush()
            mailbox = Mailbox(runtime_directory(supervisor.config), "observer", capacity=4096)
            try:
                lamp = ProcessLamp(mailbox, stage.hear)
                if not lamp.wait_until_awake(WAKING):
                    log_file = out / "lamp.log"
                    raise LampAsleep(f"the lamp's processes do not start. {log_file} says why")
                stage.play(lamp, Room(seed), lambda now: meanwhile(now, supervisor))
            finally:
                mailbox.close()
    picture = out / f"learning-curve-{seed}.svg"
    summary = stage.tally.summary(household, seed, minutes, time.monotonic() - began, str(picture))
    picture.write_text(draw(curve_of(household, seed, minutes)), encoding="utf-8")
    (out / "summary.json").write_text(json.dumps(summary.as_json(), indent=1), encoding="utf-8")
    screen.write("\n" + "\n".join(told(summary)) + "\n")
    return summary


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "lamp.log").touch()
    except OSError as error:
        raise StateReadOnly(f"cannot write in {out} ({error.strerror}). Give a --out") from error


def _pace(speed: float) -> Callable[[float], None]:
    """What waits, at ``speed`` times life, until so many s of the evening have passed."""
    began = time.monotonic()

    def wait_until(now: float) -> None:
        time.sleep(max(0.0, began + now / speed - time.monotonic()))

    return wait_until


def demo_config(base: Config, folder: Path, seed: int) -> Config:
    """``base`` for an evening in the simulated house, everything kept in ``folder``."""
    return replace(
        base,
        places=replace(base.places, state=str(folder / "state"), runtime=str(folder / "run")),
        audio=replace(base.audio, source="house"),
        pins=Pins(board="simulated"),
        clock="replay",
        seed=seed,
    )


def curve_of(household: Household, seed: int, minutes: float) -> Curve:
    """What the learning curve of a finished evening shows."""
    asked = changes_asked(household.attempts)
    needed = [move.at / 60 for move in household.switched if move.reason != "silent"]
    return Curve(
        title=f"A lamp learns from its switch: {len(asked)} commands (seed {seed})",
        minutes=minutes,
        commands=[(one.at / 60, one.outcome == "obeyed") for one in asked],
        flips=needed,
        false_actions=[one.at / 60 for one in household.false_actions],
    )


class Stage:
    """Where an evening is played, watched and counted.

    Args:
        household: whose evening it is.
        screen: where it is shown.
        speed: times faster than life, at the most.
    """

    def __init__(self, household: Household, screen: TextIO, speed: float = math.inf) -> None:
        """Show nothing yet: the processes are still starting."""
        self.tally = Tally()
        self.lines: list[Line] = []
        self._speed = speed
        self._household = household
        self._screen = screen
        self._view: LiveView | None = None

    def hear(self, message: Message) -> None:
        """A process says something."""
        self.tally.add(message)
        if self._view is not None:
            self._view.hear(message)

    def play(self, lamp: ProcessLamp, room: Room, passed: Callable[[float], None]) -> None:
        """From the first word to the last."""
        view = LiveView(self._screen, self._household, _pace(self._speed))
        self._view, self.lines = view, view.lines

        def on(now: float) -> None:
            view.passed(now, lamp.state)
            passed(now)

        with _warnings_shown(view):
            play(self._household, room, lamp, view.tell, on)
        view.close()


@contextmanager
def _running(config: Config, log_file: Path) -> Iterator[Supervisor]:
    """The five processes, watched by a supervisor in a thread of its own."""
    over = threading.Event()
    with log_file.open("wb") as output:
        supervisor = Supervisor(config, LiveClock(), partial(spawn_process, output=output))

        def watch() -> None:
            while not over.wait(LOOK_EVERY):
                supervisor.look()

        with supervisor:
            thread = threading.Thread(target=watch, name="supervisor")
            thread.start()
            try:
                yield supervisor
            finally:
                over.set()
                thread.join()


@contextmanager
def _warnings_shown(view: LiveView) -> Iterator[None]:
    """What the supervisor has to say is shown between the lines of the evening."""
    handler = _Shown(view)
    logger = logging.getLogger("lamp")
    before = logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


class _Shown(logging.Handler):
    def __init__(self, view: LiveView) -> None:
        super().__init__(logging.WARNING)
        self._view = view

    def emit(self, record: logging.LogRecord) -> None:
        self._view.note(record.getMessage())
