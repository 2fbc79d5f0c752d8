"""What an evening with the lamp came to: counted, told in a few lines, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

from lamp.messages import Decided, Labelled, LampChanged, Message, Refitted
from lamp.simulate.household import Attempt, Household

PER = 10  # commands, in the table of progress


@dataclass(frozen=True)
class Share:
    """Of the commands ``first`` to ``last`` (counted from 1), so many were obeyed at once."""

    first: int
    last: int
    obeyed: int

    @property
    def part(self) -> float:
        """0..1."""
        return self.obeyed / (self.last - self.first + 1)


@dataclass(frozen=True)
class Latency:
    """Wall-clock seconds of one stage."""

    median: float
    p95: float
    count: int


@dataclass(frozen=True)
class Summary:
    """Everything but ``latency`` and ``seconds`` is the same for the same seed."""

    seed: int
    minutes: float
    commands: int
    obeyed: tuple[Share, ...]
    after_repeat: int
    forgotten: int
    flips_to_teach: int
    flips_to_correct: int
    silent_flips: int
    false_actions: int
    heard: int
    labels: Mapping[str, int]  # by where they came from
    refits: int
    promoted: int
    latency: Mapping[str, Latency] = field(default_factory=dict)  # by stage
    seconds: float = 0.0  # wall clock, start of the processes included
    picture: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain dicts and lists."""
        return asdict(self)

    def same(self) -> dict[str, Any]:
        """What has to be equal in two runs with the same seed."""
        varying = ("latency", "seconds", "picture")
        return {key: value for key, value in asdict(self).items() if key not in varying}


class Tally:
    """Collects what the processes say over an evening."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self.refits: list[Refitted] = []
        self._labels: dict[str, int] = {}
        self._stages: dict[str, list[float]] = {}
        self._exchanges: set[str] = set()

    def add(self, message: Message) -> None:
        """Count ``message``; kinds that say nothing about the evening are passed over."""
        match message:
            case Decided():
                if message.exchange not in self._exchanges:  # told again after a crash
                    self._exchanges.add(message.exchange)
                    for stage, seconds in message.stages.items():
                        self._stages.setdefault(stage, []).append(seconds)
            case Labelled():
                self._labels[message.source] = self._labels.get(message.source, 0) + 1
            case Refitted():
                self.refits.append(message)
            case LampChanged(cause="directive"):
                self._stages.setdefault("operator", []).append(message.took)

    def summary(
        self, household: Household, seed: int, minutes: float, seconds: float, picture: str
    ) -> Summary:
        """The evening is over: what it came to."""
        asked = changes_asked(household.attempts)
        reasons = [move.reason for move in household.switched if not move.again]
        outcomes = [attempt.outcome for attempt in asked]
        return Summary(
            seed=seed,
            minutes=minutes,
            commands=len(asked),
            obeyed=shares(asked),
            after_repeat=outcomes.count("after repeat"),
            forgotten=outcomes.count("forgotten"),
            flips_to_teach=reasons.count("teach"),
            flips_to_correct=reasons.count("correct"),
            silent_flips=reasons.count("silent"),
            false_actions=len(household.false_actions),
            heard=len(self._exchanges),
            labels=dict(sorted(self._labels.items())),
            refits=len(self.refits),
            promoted=sum(refit.promoted for refit in self.refits),
            latency={
                stage: _latency(values)
                for stage, values in self._stages.items()
                if any(values)  # a stage that only waits takes no time in a replay
            },
            seconds=seconds,
            picture=picture,
        )


def changes_asked(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The commands that asked for a change and whose end is known."""
    return [one for one in attempts if not one.redundant and one.outcome is not None]


def shares(asked: Sequence[Attempt]) -> tuple[Share, ...]:
    """How many were obeyed at once, ten by ten; a short rest joins the last ten."""
    starts = list(range(0, len(asked), PER))
    if len(starts) > 1 and len(asked) - starts[-1] < PER / 2:
        starts.pop()
    bounds = [*starts, len(asked)]
    return tuple(
        Share(begin + 1, end, sum(one.outcome == "obeyed" for one in asked[begin:end]))
        for begin, end in pairwise(bounds)
        if end > begin
    )


def told(summary: Summary) -> list[str]:
    """The summary as lines of text, for somebody who sees a lamp of this kind first."""
    flips = summary.flips_to_teach + summary.flips_to_correct
    lines = [
        f"An evening of {summary.minutes:g} minutes (number {summary.seed}),"
        f" {summary.heard} things heard. Obeyed at the first saying:",
        "",
    ]
    for share in summary.obeyed:
        bar = "#" * round(20 * share.part)
        of = share.last - share.first + 1
        lines.append(
            f"  commands {share.first:3d}-{share.last:<3d} {bar:<20s} {share.obeyed:2d} of {of}"
        )
    lines += [
        "",
        f"{summary.commands} changes of light: you flipped {flips} times; with a plain switch,"
        f" {summary.commands}.",
        f"{summary.flips_to_teach} flips taught it, {summary.flips_to_correct} took back what it"
        f" did. {_times(summary.false_actions).capitalize()} it acted unasked.",
    ]
    if summary.after_repeat or summary.forgotten:
        lines.append(
            f"{_times(summary.after_repeat).capitalize()} it obeyed the second time,"
            f" {_times(summary.forgotten)} people let it be."
        )
    if summary.picture:
        lines += ["", f"The picture of it: {summary.picture}"]
    return [*lines, "", "Now teach it yourself, in two minutes: lamp teach"]


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _latency(values: Sequence[float]) -> Latency:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return Latency(median(ordered), p95, len(ordered))
