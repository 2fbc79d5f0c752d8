"""One refit of the trainer, in a process that has nothing else in it: ``python -m`` and a file.

Prints the most memory it took, in MB, and its CPU time in s.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from lamp import config as configuration
from lamp.clock import ReplayClock
from lamp.messages import Message
from lamp.trainer.process import TrainerLoop


class Nobody:
    """Takes mail and heartbeats, and does nothing about them."""

    stopped = False

    def send(self, recipient: str, message: Message) -> None:
        pass

    def flush(self, timeout: float) -> bool:
        return True

    def beat(self, **facts: object) -> None:
        pass


def main(config_file: Path) -> None:
    """Refit what the diary of that configuration holds."""
    nobody = Nobody()
    clock = ReplayClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
    loop = TrainerLoop(configuration.load(config_file), nobody, clock, nobody)  # type: ignore[arg-type]
    loop.refit()
    print(getrusage(RUSAGE_SELF).ru_maxrss / 1024, getrusage(RUSAGE_SELF).ru_utime)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
