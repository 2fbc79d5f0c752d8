"""Many hours, one after the other or several at once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import NamedTuple

from bench.household.contestants import make
from bench.household.hour import play
from bench.household.measures import Scores, measure
from bench.household.scenarios import SCENARIOS


class Job(NamedTuple):
    """One hour to play."""

    scenario: str
    seed: int
    contestant: str
    minutes: float


Result = tuple[Job, Scores, dict[str, float]]


def score(job: Job) -> Result:
    """What an hour came to, and the habits of its people."""
    contestant = make(job.contestant, job.seed)
    log = play(SCENARIOS[job.scenario], job.seed, contestant, job.minutes)
    return job, measure(log), asdict(log.habits)


def run(jobs: Sequence[Job], processes: int) -> Iterator[Result]:
    """The scores of all ``jobs``, in order."""
    if processes == 1:
        yield from map(score, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(score, jobs)
