"""``lamp teach``: two minutes at a laptop with a lamp that knows nothing, and then does."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO

from lamp.clock import LiveClock
from lamp.config import Config, Pins
from lamp.errors import AudioError, LampError
from lamp.mailbox import Mailbox
from lamp.messages import Decided, LampChanged, Sound
from lamp.runtime.heartbeat import read_health
from lamp.runtime.paths import runtime_directory
from lamp.runtime.processes import NOT_READY, PROCESSES
from lamp.simulate import own_words
from lamp.simulate.drawing import Screen
from lamp.simulate.keys import Keys
from lamp.simulate.lesson import Lesson, Score, script, told
from lamp.simulate.room import Room, Saying
from lamp.simulate.terminal import TerminalLamp, logged_to, told_to_end
from lamp.supervisor import Supervisor, spawn_process
from lamp.transcriber.model_path import added_models, find_model

TICK = 0.05  # s
WAKING = 150.0  # s, the longest that the processes may take to start
CHUNK = 0.1  # s of sound at a time
_NEEDED = tuple(name for name in PROCESSES if name != "trainer")  # which may come later
_NOT_UP = ("", "failed", *NOT_READY)


class Desk:
    """A lamp that lives, with its keyboard and its screen.

    Args:
        supervisor: of its processes.
        mailbox: of who watches.
        lamp: draws it.
        keys: of the keyboard.
        stopped: fills when Ctrl-C comes.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        mailbox: Mailbox,
        lamp: TerminalLamp,
        keys: Keys,
        stopped: list[int],
    ) -> None:
        self._supervisor = supervisor
        self._mailbox = mailbox
        self.lamp = lamp
        self._keys = keys
        self._stopped = stopped
        self._clock = LiveClock()

    def wait_until_awake(self) -> None:
        """Until the lamp hears and decides.

        Raises:
            AudioError: there is no microphone.
            LampError: they do not start.
        """
        runtime = runtime_directory(self._supervisor.config)
        until = time.monotonic() + WAKING
        while not self.over:
            healths = read_health(runtime)
            states = {name: healths[name].state if name in healths else "" for name in _NEEDED}
            slow = [name for name, state in states.items() if state in _NOT_UP]
            if not slow:
                return
            recorder = healths.get("recorder")
            if recorder is not None and recorder.state == "failed":
                raise AudioError(f"{recorder.facts.get('error')}. Without one: lamp teach")
            if time.monotonic() > until:
                raise LampError(f"not started yet: {', '.join(slow)}. What is wrong: lamp doctor")
            self._look()

    @property
    def over(self) -> bool:
        """Somebody wants it to end."""
        return self.lamp.over or bool(self._stopped)

    def with_voices(self) -> Score:
        """The guided lesson with the shipped voices."""
        room, began, heard_to = Room(0), self._clock.now(), 0.0

        def speak(saying: Saying) -> float:
            room.add(saying, heard_to + CHUNK)
            return saying.seconds

        lesson = Lesson(script(), self.lamp.say, speak, {"lit": "lit", "dark": "dark"})
        while not (self.over or lesson.over):
            now = self._clock.now() - began
            while heard_to + CHUNK <= now:
                sound = room.sound(heard_to, heard_to + CHUNK)
                self._mailbox.send("recorder", Sound(sound, began + heard_to))
                heard_to += CHUNK
            for event in self._look():
                if isinstance(event, Decided):
                    lesson.heard()
            lesson.tick(now, self.lamp.state)
        return lesson.score

    def with_microphone(self) -> own_words.OwnWords:
        """Two minutes with the owner's own words."""
        words = own_words.OwnWords(self.lamp.say, self._clock.now())
        while words.tick(self._clock.now()) and not self.over:
            for event in self._look():
                if isinstance(event, LampChanged) and event.cause == "switch":
                    words.flipped()
                elif isinstance(event, LampChanged) and event.cause == "directive":
                    words.acted()
        return words

    def _look(self) -> list[object]:
        for key in self._keys.pressed(TICK):
            self.lamp.key(key)
        events: list[object] = []
        while (delivery := self._mailbox.get(timeout=0.0)) is not None:
            self.lamp.hear(delivery.message)
            events.append(delivery.message)
            delivery.ack()
        self._supervisor.look()
        return events


def teach(
    config: Config, microphone: bool, keyboard: TextIO | None = None, out: TextIO | None = None
) -> int:
    """Lead through the lesson; the exit status.

    Args:
        config: hearing and deciding; the lamp lives in a directory that is gone afterwards.
        microphone: hear the owner, and not the shipped voices.
        keyboard: where keys come from; None: standard input.
        out: where the lamp is drawn; None: standard output.

    Raises:
        LampError: the processes do not start, or there is no microphone.
    """
    out = out or sys.stdout
    find_model(config.hearing.model, added_models(config))
    with tempfile.TemporaryDirectory(prefix="lamp-teach-") as folder:
        config = lesson_config(config, Path(folder), microphone)
        with _desk(config, keyboard or sys.stdin, out) as desk:
            desk.lamp.say("A lamp that knows nothing starts...")
            desk.wait_until_awake()
            desk.lamp.status("listening")
            if microphone:
                words = desk.with_microphone()
                lines = own_words.told(words.flips, words.by_itself)
            else:
                lines = told(desk.with_voices())
    out.write("\n".join(lines) + "\n")
    return 0


def lesson_config(base: Config, folder: Path, microphone: bool) -> Config:
    """``base`` for a lesson, everything kept in ``folder``."""
    return replace(
        base,
        places=replace(base.places, state=str(folder / "state"), runtime=str(folder / "run")),
        audio=replace(base.audio, source="microphone" if microphone else "house"),
        pins=Pins(board="simulated"),
    )


@contextmanager
def _desk(config: Config, keyboard: TextIO, out: TextIO) -> Iterator[Desk]:
    log_file = Path(config.places.runtime) / "lamp.log"
    log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        log_file.open("ab") as log,
        logged_to(log_file),
        Supervisor(config, LiveClock(), partial(spawn_process, output=log)) as supervisor,
        Keys(keyboard) as keys,
        told_to_end() as stopped,
    ):
        mailbox = Mailbox(runtime_directory(supervisor.config), "observer")
        try:
            lamp = TerminalLamp(Screen(out, keys.keyboard), mailbox.send, LiveClock().now)
            yield Desk(supervisor, mailbox, lamp, keys, stopped)
        finally:
            mailbox.close()
