"""``make siege``: every attack at length, one after the other, and a table of what they found."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from tests.siege import damage, deaths

ATTACKS = {"deaths": deaths.attack, "damage": damage.attack}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attacks", nargs="*", choices=[[], *ATTACKS], help="which; all if none")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of each; 0.1: a tenth")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rows: list[tuple[str, str, bool]] = []
    for name in chosen.attacks or ATTACKS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="siege-") as folder:
            os.environ["XDG_STATE_HOME"] = folder  # nothing is left in the home of who attacks
            found = ATTACKS[name](Path(folder), chosen.scale, chosen.seed)
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
        rows += found
    print("\n| attack | found | held |\n|---|---|---|")
    for attack, figures, held in rows:
        print(f"| {attack} | {figures} | {'yes' if held else '**NO**'} |")
    raise SystemExit(not all(held for _, _, held in rows))


if __name__ == "__main__":
    main()
