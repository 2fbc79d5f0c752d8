"""A lamp's state on disk, as its processes leave it: what the page reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lamp.clock import LiveClock
from lamp.diary.exchange import Exchange, Label, Moment
from lamp.diary.reader import FlipEntry
from lamp.diary.writer import Diary
from lamp.messages import Action, State
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.processes import PROCESSES

EVENING = datetime(2026, 11, 26, 18, 50, tzinfo=UTC)


class Home:
    """Writes what was heard and done, a minute apart.

    Args:
        state: the state directory.
        runtime: the runtime directory.
    """

    def __init__(self, state: Path, runtime: Path) -> None:
        self._runtime = runtime
        self.diary = Diary.open(state / "diary.sqlite")
        self.minutes = 0

    def hear(
        self,
        text: str,
        action: Action = "none",
        before: State = "dark",
        sure: float = 0.9,
        label: Label | None = None,
        lessons: tuple[str, ...] = (),
    ) -> str:
        """One exchange; its id."""
        self.minutes += 1
        name = f"u{self.minutes}"
        rest = (1 - sure) / 2
        shares = {"none": rest, "lit": rest, "dark": rest} | {action: sure}
        believed = (shares["none"], shares["lit"], shares["dark"])
        likely = f"{action} is {sure:.0%}" if action != "none" else "lit is 5%"
        exchange = Exchange(
            id=name,
            text=text,
            confidence=0.8,
            started=60.0 * self.minutes,
            ended=60.0 * self.minutes + 1,
            state_before=before,
            probabilities=believed,
            words=believed,
            action=action,
            reason=f"{likely} likely, 70% needed",
            stages={"decide": 0.001},
            level_db=-21.0,
            moment=Moment(20.0, 60.0, len(text), -21.0),
            lessons=lessons,
        )
        self.diary.write_exchange(exchange, EVENING + timedelta(minutes=self.minutes))
        if label is not None:
            self.diary.write_labels([(name, label)])
        return name

    def flip(self, state: State, about: str = "", undoing: bool = False) -> str:
        """A flip a few seconds later; its id."""
        wall = EVENING + timedelta(minutes=self.minutes, seconds=4)
        name, directive = f"f{self.minutes}", f"directive-{about}" if undoing else ""
        entry = FlipEntry(name, state, 60.0 * self.minutes + 4, wall.isoformat(), directive, about)
        action: Action = "none" if undoing else state
        source = "correction" if undoing else "flip"
        labels = [(about, Label(action, 1.0, source, name))] if about else []
        self.diary.write_flip(entry, labels)
        return name

    def evening(self) -> None:
        """Two words are taught, talk is taken for one of them, and the owner says no."""
        self.flip("lit", self.hear("BENEND'"))
        self.flip("dark", self.hear("P'ITEDOL", before="lit"))
        self.hear("BENEND'", "lit", label=Label("lit", 0.6, "kept"), lessons=("u1",))
        false = self.hear("HWATHISFORDIN'TTONHZT", "dark", "lit", 0.79)
        self.flip("lit", false, undoing=True)
        self.hear("PITEDOL", "dark", "lit", 0.96, lessons=("u2",))
        self.hear("HWATHISFORDIN'TON", label=Label("none", 1.0, "silence"), lessons=(false,))
        for talk in ("MZSIST'RKOLDINATDIWIGEND", "<b>&\"'script"):
            self.hear(talk, label=Label("none", 1.0, "silence"))

    def beat(self, lamp: State = "dark", **recorder: Any) -> None:
        """The five processes are well, and this test's own process is all of them."""
        facts: dict[str, dict[str, Any]] = {
            "operator": {"state": "working", "lamp": lamp},
            "recorder": {"state": "listening", "muted": False} | recorder,
            "trainer": {"state": "waiting"},
        }
        for name in PROCESSES:
            Heartbeat(self._runtime, name, LiveClock()).last(
                **facts.get(name, {"state": "listening"})
            )
