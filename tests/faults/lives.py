"""What each process that writes does in a life on an ill disk, and must have kept afterwards.

A life returns what it has promised to others; the next one, on a disk that is well, is given what
is still owed, and must find the rest. Both raise AssertionError where something is lost.
"""

from __future__ import annotations

import dataclasses
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

from lamp import config as configuration
from lamp.anticipator import process as anticipator
from lamp.clock import LiveClock, ReplayClock
from lamp.config import Audio, Config, Deciding, Pins, Places, Training
from lamp.diary.exchange import Exchange, Label
from lamp.diary.writer import Diary
from lamp.errors import EXIT_FAILED, MailboxError
from lamp.messages import (
    Directive,
    EarlierFlip,
    Flip,
    LampChanged,
    Message,
    NewLabels,
    SwitchMoved,
    Transcript,
)
from lamp.model_store import ModelStore
from lamp.operator import process as operator
from lamp.operator.fallback import load_tolerantly
from lamp.operator.flip_journal import NAME
from lamp.operator.state import recall
from lamp.runtime import entry_point
from lamp.runtime.journal import Journal
from lamp.runtime.paths import diary_path, models_path, operator_state_path
from lamp.supervisor import Supervisor
from lamp.trainer import process as trainer
from tests.anticipator.conftest import NOON
from tests.faults.mail import OwedMail

LABELS = 24

log = logging.getLogger(__name__)


class Life(Protocol):
    """One process, in a folder of its own."""

    def prepare(self, folder: Path) -> None:
        """What it finds at the beginning."""

    def live(self, folder: Path) -> list[str]:
        """On a disk that may fail; what it has promised."""

    def look(self, folder: Path, promised: list[str], for_good: bool) -> None:
        """On a disk that is well again: what was promised is there, and the rest comes."""


def config_in(folder: Path) -> Config:
    return Config(
        places=Places(state=str(folder / "disk" / "state"), runtime=str(folder / "disk" / "run")),
        pins=Pins(board="simulated"),
        audio=Audio(source="house"),
        training=Training(budget=0.02, patience=0.0),
        deciding=Deciding(flip_window=3600.0),  # however long a life takes on this machine
    )


def begin(folder: Path) -> Config:
    config = config_in(folder)
    (folder / "disk").mkdir()
    file_of(folder).write_text(configuration.dump(config))
    return config


def file_of(folder: Path) -> Path:
    return folder / "disk" / "lamp.json"


def run(name: str, folder: Path, mail: OwedMail) -> int:
    """The process as it is, but for its mail; its exit status."""
    serve = {"anticipator": anticipator.serve, "trainer": trainer.serve}.get(name, operator.serve)
    load = load_tolerantly if name == "operator" else configuration.load
    status = entry_point.run(name, serve, file_of(folder), load, mail)
    assert status != EXIT_FAILED, "a fault in the program itself"
    return status


class AnticipatorLife:
    """It acknowledges words and flips: then the diary has them."""

    def prepare(self, folder: Path) -> None:
        begin(folder)

    def live(self, folder: Path) -> list[str]:
        (folder / "began").write_text(str(LiveClock().now()))
        mail = OwedMail(self._owed(folder))
        run("anticipator", folder, mail)
        return mail.settled

    def look(self, folder: Path, promised: list[str], for_good: bool) -> None:
        assert set(promised) - self._names(folder) <= {"lit"}, "acknowledged, and not written"
        # The operator's heartbeat says how the lamp is; there is none here.
        owed = [each for each in self._owed(folder) if each[0] not in promised or each[0] == "lit"]
        mail = OwedMail(owed)
        assert run("anticipator", folder, mail) == 0
        assert {name for name, _ in owed} <= set(mail.settled)
        assert self._names(folder) == {"u1", "u2", "f0", "f1", "f2"}
        with closing(Diary.open(diary_path(config_in(folder)))) as diary:  # which checks it
            labels = {entry.exchange: entry.label.action for entry in diary.labels_after(0)}
        assert labels == {"u1": "lit", "u2": "dark"}, str(labels)

    def _owed(self, folder: Path) -> list[tuple[str, Message]]:
        at = float((folder / "began").read_text()) - 20
        return [
            ("u1", Transcript("u1", "lumos", 0.9, at, at + 1, at + 1)),
            ("f1", Flip("f1", "lit", at + 2)),
            ("lit", LampChanged("lit", at + 2, "switch")),
            ("u2", Transcript("u2", "nox", 0.9, at + 9, at + 10, at + 10)),
            ("f2", Flip("f2", "dark", at + 11)),
            ("f0", EarlierFlip("f0", "lit", 5.0, "", "2026-01-01T12:00:00+00:00")),
        ]

    def _names(self, folder: Path) -> set[str]:
        path = diary_path(config_in(folder))
        if not path.exists():
            return set()
        with closing(sqlite3.connect(path)) as diary:
            tables = {row[0] for row in diary.execute("SELECT name FROM sqlite_master")}
            if "flips" not in tables:
                return set()
            rows = diary.execute("SELECT id FROM exchanges UNION ALL SELECT id FROM flips")
            names = [row[0] for row in rows]
        assert len(names) == len(set(names)), "written twice"
        return set(names)


class TrainerLife:
    """There is always a whole model, and in the end the one that knows all labels."""

    def prepare(self, folder: Path) -> None:
        config = begin(folder)
        self._teach(config, 0, LABELS // 2)
        assert run("trainer", folder, OwedMail([])) == 0
        self._teach(config, LABELS // 2, LABELS)

    def live(self, folder: Path) -> list[str]:
        run("trainer", folder, OwedMail([("", NewLabels(LABELS, 5.0))]))
        return []

    def look(self, folder: Path, promised: list[str], for_good: bool) -> None:
        assert self._known(folder) in (LABELS // 2, LABELS)
        assert run("trainer", folder, OwedMail([])) == 0
        assert self._known(folder) == LABELS

    def _known(self, folder: Path) -> int:
        model = ModelStore(models_path(config_in(folder)), 3).load()
        assert model is not None
        return model.trained_to

    def _teach(self, config: Config, first: int, last: int) -> None:
        with closing(Diary.open(diary_path(config))) as diary:
            for number in range(first, last):
                words, action = (("lumos", "lit"), ("what a day", "none"))[number % 2]
                said = Exchange(f"u{number}", words, 1.0, number, number + 0.5, "dark")
                diary.write_exchange(said, NOON)
                label = Label(action, 1.0, "flip")  # type: ignore[arg-type]
                diary.write_labels([(said.id, label)])


class OperatorLife:
    """The lamp follows whatever the disk does; flips are kept for the diary where they can be.

    Args:
        takes: whether there is an anticipator that writes them down.
    """

    def __init__(self, takes: bool) -> None:
        self._takes = ("anticipator",) if takes else ()

    def prepare(self, folder: Path) -> None:
        begin(folder)
        assert run("operator", folder, OwedMail([])) == 0

    def live(self, folder: Path) -> list[str]:
        moves: list[tuple[str, Message]] = [("", SwitchMoved(float(at))) for at in range(3)]
        orders = [("", Directive("d1", "dark", "u1", "", 1e11, 1e12))]
        mail = OwedMail([*moves, *orders], self._takes)
        status = run("operator", folder, mail)
        if status:  # neither lamp.yaml nor the copy of it could be read: no pins are guessed
            return ["none"]
        states = [
            message.state
            for who, message in mail.sent
            if who == "observer" and isinstance(message, LampChanged)
        ]
        assert states[-4:] == ["lit", "dark", "lit", "dark"], states
        return [message.id for _, message in mail.sent if isinstance(message, Flip)]

    def look(self, folder: Path, promised: list[str], for_good: bool) -> None:
        assert for_good or promised != ["none"], "one fault was enough for no switch"
        state = operator_state_path(config_in(folder))
        assert recall(state) is not None, "the last state is damaged"
        if self._takes or for_good:
            return
        journal = Journal(None, state.with_name(NAME))
        kept = {entry["id"] for entry in journal.owed}
        journal.close()
        assert set(promised) <= kept, "a flip is in no journal"


class _Child:
    """A process that does well."""

    pid = 1

    def poll(self) -> int | None:
        return None

    def beaten(self) -> bool:
        return True

    def terminate(self) -> None:
        self.poll = lambda: 0  # type: ignore[method-assign]

    kill = terminate


class SupervisorLife:
    """All five run, or it ends in one line and the lamp is just a switch."""

    def prepare(self, folder: Path) -> None:
        begin(folder)

    def live(self, folder: Path) -> list[str]:
        config = configuration.parse(configuration.dump(config_in(folder)))
        started: list[str] = []
        clock = ReplayClock(NOON)

        def spawn(name: str, file: Path) -> _Child:
            started.append(name)
            return _Child()

        try:
            with Supervisor(config, clock, spawn, sleep=lambda _: None) as supervisor:
                for second in range(40):
                    clock.advance(float(second))
                    supervisor.look()
        except MailboxError:
            return []
        assert sorted(started) == sorted(supervisor.processes)
        return started

    def look(self, folder: Path, promised: list[str], for_good: bool) -> None:
        if promised:
            file = folder / "disk" / "run" / "lamp.json"
            written = configuration.load(file)
            assert dataclasses.replace(written) == config_in(folder)


LIVES: dict[str, Life] = {
    "anticipator": AnticipatorLife(),
    "trainer": TrainerLife(),
    "operator": OperatorLife(takes=False),
    "operator with an anticipator": OperatorLife(takes=True),
    "supervisor": SupervisorLife(),
}
