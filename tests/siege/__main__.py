"""``make siege``: every attack at length, one after the other, and a table of what they found."""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context

from tests.siege.attacks import ATTACKS, run, told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attacks", nargs="*", choices=[[], *ATTACKS], help="which; all if none")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of each; 0.1: a tenth")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        names = [name for name in ATTACKS if name in (chosen.attacks or ATTACKS)]
        parts = pool.map(run, names, repeat(chosen.scale), repeat(chosen.seed))
        rows = [row for part in parts for row in part]
    print("\n| attack | found | held |\n|---|---|---|")
    print(*map(told, rows), sep="\n")
    raise SystemExit(not all(held for _, _, held in rows))


if __name__ == "__main__":
    main()
