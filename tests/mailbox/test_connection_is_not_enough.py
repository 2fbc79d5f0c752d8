"""Why mailboxes are not built on multiprocessing.connection: where it waits, tears or stumbles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_it_waits_for_others_tears_messages_and_stumbles_over_the_dead() -> None:
    program = [sys.executable, str(Path(__file__).parent / "connection_waits.py")]
    printed = subprocess.run(program, check=True, capture_output=True, text=True, timeout=60).stdout
    answers = [line.rsplit(": ", 1)[1].split(" (")[0] for line in printed.splitlines()]
    waits, torn, half, silent, stranger, killed = answers
    assert waits == half == silent == "blocked"
    assert int(torn) > 0
    assert (stranger, killed) == ("AuthenticationError", "OSError")
