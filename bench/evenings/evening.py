"""One evening of ``lamp demo``, unseen: the same five processes, the same people."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.evenings.record import Record, read
from bench.evenings.truth import log_of
from bench.household.measures import Scores, measure
from lamp.runtime.paths import diary_path
from lamp.simulate.demo import run_demo
from lamp.simulate.household import Household, evening_at_home
from lamp.simulate.summary import changes_asked
from lamp.supervisor import Supervisor


@dataclass
class _Watcher:
    """Reads the diary once nobody talks any more; the last reading counts."""

    from_minute: float
    record: Record | None = None

    def look(self, now: float, supervisor: Supervisor) -> None:
        if now >= self.from_minute * 60:
            self.record = read(diary_path(supervisor.config))


def score(seed: int, minutes: float) -> Scores:
    """What the evening of ``seed`` came to.

    Commands, flips, false actions and obedience are the people's own count, as the demo shows
    it; the rest compares them with the diary.
    """
    household, watcher = evening_at_home(seed, minutes), _Watcher(minutes)
    with tempfile.TemporaryDirectory(prefix="lamp-evening-") as folder:
        run_demo(
            seed,
            Path(folder),
            minutes,
            screen=io.StringIO(),
            meanwhile=watcher.look,
            household=household,
        )
    if watcher.record is None:
        raise RuntimeError(f"the evening of seed {seed} ended before its diary could be read")
    return measure(log_of(household, watcher.record, minutes)) | _as_people_count(household)


def _as_people_count(household: Household) -> Scores:
    asked = changes_asked(household.attempts)
    obeyed = [one.outcome == "obeyed" for one in asked]
    reasons = [move.reason for move in household.switched if not move.again]
    teach, correct = reasons.count("teach"), reasons.count("correct")
    later = obeyed[len(obeyed) // 2 :]
    return {
        "commands": float(len(asked)),
        "teach": float(teach),
        "correct": float(correct),
        "flips": float(teach + correct),
        "false": float(len(household.false_actions)),
        "obeyed": sum(obeyed) / max(1, len(obeyed)),
        "obeyed_later": sum(later) / max(1, len(later)),
    }
