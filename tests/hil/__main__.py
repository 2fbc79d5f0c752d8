"""``python -m tests.hil KIND COMMAND...``: a command in one of the machines, from the repository.

KIND is edges, polled, sound or week; see tests/hil/machine.py.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.hil.machine import KINDS, Machine

EVERY = 0.1  # s between two looks at what it has said


def main() -> int:
    """Show what the command says, and end with its status."""
    if len(sys.argv) < 3 or sys.argv[1] not in KINDS:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        job = Path(folder)
        machine = Machine(sys.argv[1], sys.argv[2:], job, {"LAMP_HIL_INSIDE": sys.argv[1]})
        (job / "output").touch()
        with (job / "output").open() as output:
            while machine.running:
                time.sleep(EVERY)
                print(output.read(), end="", flush=True)
            print(output.read(), end="", flush=True)
        return machine.wait(0.0)


if __name__ == "__main__":
    sys.exit(main())
