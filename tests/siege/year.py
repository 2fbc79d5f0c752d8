"""A virtual year: 20 commands and 400 overheard utterances a day, through the real loops.

The anticipator's process loop with its diary on a disk, and the trainer's in a process of its own.
Memory, files and the time a decision takes have to be at the end what they were when the diary was
full; a lamp that lives for ever must not grow for ever.
"""

from __future__ import annotations

import random
import resource
import statistics
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from lamp import config as configuration
from lamp.anticipator import process
from lamp.anticipator.process import AnticipatorLoop
from lamp.clock import ReplayClock
from lamp.config import Config, Memory, Places, Training
from lamp.diary.writer import Diary
from lamp.messages import (
    Correction,
    Directive,
    Flip,
    LampChanged,
    Message,
    ModelReady,
    State,
    Transcript,
    opposite,
)
from lamp.model_store import ModelStore
from lamp.runtime.paths import diary_path, models_path
from tests.anticipator.conftest import NOON
from tests.diary.big import COMMANDS, soft_text

DAYS = 365  # at scale 1
COMMANDS_A_DAY = 20
OVERHEARD_A_DAY = 400
MOST = 50_000  # exchanges, as by default
PARTS = 12  # of a life, each a month at scale 1
FULL = 5  # the first part that begins with a full diary
REFITS = 24  # in a life; a lamp makes one after every flip, but a year of those takes days
STARTS = 4
UNDONE_AFTER = 4.0  # s


class House:
    """Takes the lamp's mail, and remembers what it did last."""

    def __init__(self) -> None:
        self.done: Directive | None = None
        self.stopped = False

    def send(self, _: str, message: Message) -> None:
        if isinstance(message, Directive):
            self.done = message

    def flush(self, _: float) -> bool:
        return True


class Heart:
    """Nobody looks whether it beats."""

    def beat(self, **_: object) -> None:
        pass


@dataclass
class Part:
    """What a twelfth of a life cost.

    memory: MB at the end, of the anticipator's process.
    files: MB at the end, all of the state directory.
    decisions: CPU s, from an utterance to the diary.
    refit: MB at the most, of the trainer's process.
    """

    memory: float = 0.0
    files: float = 0.0
    decisions: list[float] = field(default_factory=list)
    refit: float = 0.0
    commands: int = 0
    obeyed: int = 0
    wrong: int = 0

    @property
    def median(self) -> float:
        """ms."""
        return 1000 * statistics.median(self.decisions)

    @property
    def slowest(self) -> float:
        """ms that all but one in a hundred take less than."""
        return 1000 * sorted(self.decisions)[len(self.decisions) * 99 // 100]


class Year:
    """A home with its lamp."""

    def __init__(self, folder: Path, seed: int, most: int = 50_000) -> None:
        self.config = Config(
            places=Places(state=str(folder / "state"), runtime=str(folder / "run")),
            memory=Memory(most_exchanges=most),
            training=Training(budget=4.0),
        )
        self.config_file = folder / "lamp.json"
        self.config_file.write_text(configuration.dump(self.config))
        self.chance = random.Random(seed)
        syllables = [a + b for a in "BDFGKLMNPRSTVZ" for b in "AEIOU"]
        self.talk = ["".join(self.chance.choices(syllables, k=n % 4 + 1)) for n in range(3000)]
        self.clock = ReplayClock(NOON)
        self.house = House()
        self.state: State = "dark"
        self.said = 0
        self.parts: list[Part] = []
        self.starts: list[float] = []  # CPU s
        self.loop = self.start()

    def start(self) -> AnticipatorLoop:
        began = time.process_time()
        loop = AnticipatorLoop(self.config, self.house, self.clock, Heart())  # type: ignore[arg-type]
        while loop._behind:
            loop._behind = loop._anticipator.catch_up()
        loop.handle(LampChanged(self.state, self.clock.now(), "start"))
        # What the check of the file brought does not wait on a disk that has other work.
        loop._diary._db.execute("PRAGMA synchronous = OFF")
        self.starts.append(time.process_time() - began)
        return loop

    def live(self, days: int) -> None:
        for day in range(days):
            if day * PARTS // days == len(self.parts):
                self.parts.append(Part())
            self.day()
            if _is_turn(day, days, REFITS):
                self.refit()
            if _is_turn(day, days, STARTS):
                self.loop._diary.close()
                self.loop = self.start()
            self.parts[-1].memory = resident()
            state = Path(self.config.places.state)
            sizes = (path.stat().st_size for path in state.rglob("*") if path.is_file())
            self.parts[-1].files = sum(sizes) / 1e6
        self.loop._diary.close()

    def day(self) -> None:
        share = COMMANDS_A_DAY / (COMMANDS_A_DAY + OVERHEARD_A_DAY)
        total = COMMANDS_A_DAY + OVERHEARD_A_DAY
        for _ in range(total):
            self.clock.advance(self.clock.now() + self.chance.uniform(20, 2 * 86_400 / total - 20))
            if self.chance.random() < share:
                self.command()
            else:
                words = self.chance.choices(self.talk, k=self.chance.randint(1, 7))
                if self.say("".join(words)) is not None:
                    self.parts[-1].wrong += 1
                    self.flip(opposite(self.state))

    def command(self) -> None:
        wanted = opposite(self.state)
        part = self.parts[-1]
        part.commands += 1
        if self.say(self.chance.choice(COMMANDS[wanted])) == wanted:
            part.obeyed += 1
        else:
            self.flip(wanted)

    def say(self, words: str) -> State | None:
        """What the lamp did about it."""
        self.said += 1
        now = self.clock.now()
        soft = soft_text(words, self.chance).encode()
        name = f"u{self.said}"
        heard = Transcript(name, words, 0.8, now - 1.5, now, now, soft=soft, level_db=-25.0)
        self.house.done = None
        began = time.process_time()
        self.loop.handle(heard)
        self.parts[-1].decisions.append(time.process_time() - began)
        if self.house.done is None or self.house.done.state == self.state:
            return None
        self.state = self.house.done.state
        self.loop.handle(LampChanged(self.state, now, "directive"))
        return self.state

    def flip(self, state: State) -> None:
        self.clock.advance(self.clock.now() + UNDONE_AFTER)
        now, done, self.state = self.clock.now(), self.house.done, state
        name = f"f{self.said}"
        if done is None:
            self.loop.handle(Flip(name, state, now))
        else:
            self.loop.handle(Correction(name, state, now, done.id))
        self.loop.handle(LampChanged(state, now, "switch"))

    def refit(self) -> None:
        ran = subprocess.run(
            [sys.executable, "-m", "tests.siege.refit", str(self.config_file)],
            capture_output=True,
            text=True,
            check=True,
        )
        self.parts[-1].refit = max(self.parts[-1].refit, float(ran.stdout.split()[0]))
        store = ModelStore(models_path(self.config), self.config.training.keep_models)
        stored = store.current()
        if stored is not None and stored.trained_to > self.loop._trained_to:
            path = str(store.path(stored))
            self.loop.handle(ModelReady(path, stored.sha256, stored.trained_to, 0.0))


def _is_turn(day: int, days: int, times: int) -> bool:
    """Whether something that happens so many times in all happens at the end of ``day``."""
    return (day + 1) * times // days > day * times // days


def resident() -> float:
    """MB of this process now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def attack(folder: Path, scale: float, seed: int) -> list[tuple[str, str, bool]]:
    """Live for a while; the first part with a full diary against the last."""
    days = max(PARTS, round(DAYS * scale))
    most = round(MOST * days / DAYS)
    process.PRUNE_EVERY = min(process.PRUNE_EVERY, most // 20)
    year = Year(folder, seed, most)
    year.live(days)
    full, last = year.parts[FULL], year.parts[-1]
    told = [
        ("memory of the anticipator, MB", full.memory, last.memory, 1.1),
        ("memory of a refit, MB", full.refit, last.refit, 1.1),
        ("files, MB", full.files, last.files, 1.2),
        ("a decision, median, CPU ms", full.median, last.median, 1.5),
        ("all but one in a hundred, CPU ms", full.slowest, last.slowest, 1.5),
    ]
    rows = [
        (f"a life of {days} days: {name}", f"{then:.1f}, at the end {now:.1f}", now <= by * then)
        for name, then, now, by in told
    ]
    kept = diary_counts(year)["exchanges"]
    limit = most + process.PRUNE_EVERY
    rows.append((f"the same: exchanges kept of {year.said}", str(kept), kept <= limit))
    obeyed = f"{last.obeyed} of {last.commands}, and {last.wrong} deeds that nobody asked for"
    rows.append(("the same: obeyed in the last part", obeyed, True))
    starts = ", ".join(f"{seconds:.1f}" for seconds in year.starts)
    rows.append(("the same: starts, CPU s", starts, True))
    return rows


def diary_counts(year: Year) -> dict[str, int]:
    """How many rows of each kind its diary has."""
    with closing(Diary.open(diary_path(year.config), read_only=True)) as diary:
        return diary.counts()
