"""``python -m tests.hil.all``: everything that `make hil` runs.

First what needs its milliseconds, beside nothing but the making of the Debian guest, which comes
last at the processor; then all such guests, in two pytests at a time, for much of theirs is
waiting. The exit status is that of the first which failed.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from tests.hil.machine import set_niceness

LAST = 19  # niceness
CUTS = "tests/hil/guest/test_power_cuts.py"
PARTS = (
    (("tests/hil/inside",),),
    (("tests/hil/guest", f"--ignore={CUTS}"), (CUTS, "-s")),
)


def together(*parts: tuple[str, ...]) -> int:
    """Run pytest on each at once, show what each said, return the first bad status or 0."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "hil"]
    with contextlib.ExitStack() as stack:
        logs = [stack.enter_context(tempfile.TemporaryFile()) for _ in parts]
        running = [
            subprocess.Popen([*command, *part], stdout=log, stderr=subprocess.STDOUT)
            for part, log in zip(parts, logs, strict=True)
        ]
        status = [process.wait() for process in running]
        for log in logs:
            log.seek(0)
            print(log.read().decode(errors="replace"), flush=True)
    return next((one for one in status if one), 0)


@contextlib.contextmanager
def making_the_guest() -> Iterator[None]:
    """Meanwhile. Where it cannot be made, the tests that need it will say why."""
    make = [sys.executable, "-m", "tests.hil.guest.installed"]
    silent = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    with subprocess.Popen(make, start_new_session=True, **silent) as making:
        set_niceness(making.pid, LAST)
        yield


def main() -> int:
    """Run them all, also after a failure."""
    began = time.monotonic()
    with making_the_guest():
        status = [together(*parts) for parts in PARTS]
    print(f"the hardware in the loop took {time.monotonic() - began:.0f} s")
    return next((one for one in status if one), 0)


if __name__ == "__main__":
    sys.exit(main())
