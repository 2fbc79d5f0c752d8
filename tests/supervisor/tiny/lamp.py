"""A lamp of two tiny processes, run as a program by the tests."""

from __future__ import annotations

import logging
import sys
from functools import partial
from pathlib import Path

from lamp import config as configuration
from lamp.clock import LiveClock
from lamp.supervisor import Limits, Supervisor, run_until_told, spawn_process

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="supervisor: %(message)s")
    run_until_told(
        Supervisor(
            configuration.load(Path(sys.argv[1])),
            LiveClock(),
            partial(spawn_process, package="tests.supervisor.tiny"),
            limits=Limits(hung=lambda name: 2.0, grace=2.0),
            names=("operator", "trainer"),
        )
    )
