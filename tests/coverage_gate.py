"""After pytest --cov: what a lamp must rely on is covered, nearly to the last branch."""

from __future__ import annotations

import io
import sys

from coverage import Coverage

#: pattern: least percentage of lines and branches
GATES = {
    "lamp/operator/*": 99.5,
    "lamp/mailbox/*": 99.0,
    "lamp/doctor/pins.py": 100.0,
    "lamp/diary/*": 98.5,
    "lamp/*": 85.0,
}


def main() -> int:
    """Exit status 0 if every gate holds."""
    coverage = Coverage()
    coverage.load()
    failed = 0
    for pattern, least in GATES.items():
        reached = coverage.report(include=[pattern], file=io.StringIO())
        verdict = "ok" if reached >= least else "TOO LOW"
        print(f"coverage of {pattern}: {reached:.1f}%, at least {least:.0f}% wanted: {verdict}")
        failed += reached < least
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
