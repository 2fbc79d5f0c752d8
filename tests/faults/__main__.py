"""Run the lives of a process with the n-th operation failing, each in a process of its own.

python -m tests.faults [--every 1] [LIFE...]: for n = 1, 1 + every, ...; once alone, and once with
all operations behind it. Needs a C compiler and Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.faults.disk import Disk, build
from tests.faults.lives import LIVES, Life

LIBRARY = "LAMP_FAULTS"  # in the environment: this process was started with the library


def in_a_child(work: Callable[[], object], log: Path) -> tuple[bool, object]:
    """Whether ``work`` ends well in a process of its own, and its result or its last words."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 2)
        answer: object
        try:
            answer = [True, work()]
        except BaseException:
            answer = [False, traceback.format_exc()]
        os.write(write, json.dumps(answer).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    if not told:
        return False, "it died"
    well, result = json.loads(told)
    return well, result


def once(life: Life, template: Path, nth: int, for_good: bool) -> tuple[int, str]:
    """How many operations there were, and what went wrong; empty if nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "house"
        shutil.copytree(template, folder)
        adapt(folder, template)

        def live() -> tuple[int, list[str]]:
            disk = Disk(folder / "disk")
            disk.fail(nth, for_good)
            try:
                promised = life.live(folder)
            finally:
                count = disk.mend()
            return count, promised

        log = folder / "log"
        well, result = in_a_child(live, log)
        if well:
            assert isinstance(result, list)
            count, promised = result
            well, result = in_a_child(lambda: life.look(folder, promised, for_good), log)
            if well:
                return int(count), ""
        return 0, f"{result}\n{log.read_text(errors='replace')}"


def adapt(folder: Path, template: Path) -> None:
    """What was prepared in ``template`` is now in ``folder``, and says so."""
    for file in (folder / "disk").rglob("*.json"):
        file.write_text(file.read_text().replace(str(template), str(folder)))


def attack(name: str, every: int) -> int:
    """Every life of ``name``; how many of them lost something."""
    life = LIVES[name]
    failures = runs = operations = 0
    with tempfile.TemporaryDirectory() as prepared:
        template = Path(prepared) / "house"
        template.mkdir()
        log = template / "prepared"
        well, error = in_a_child(lambda: life.prepare(template), log)
        assert well, f"{error}\n{log.read_text()}"
        for for_good in (False, True):
            operations, wrong = once(life, template, 0, for_good)
            assert operations, wrong
            for nth in range(1, operations + 1, every):
                runs += 1
                _, wrong = once(life, template, nth, for_good)
                if wrong:
                    failures += 1
                    print(f"{name}, operation {nth}{' and all later' * for_good}: {wrong}")
    print(f"{name}: {operations} operations, {runs} lives, {failures} that lost something")
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("lives", nargs="*", metavar="LIFE", help=", ".join(LIVES))
    chosen = parser.parse_args()
    if LIBRARY not in os.environ:
        with tempfile.TemporaryDirectory() as folder:
            library = build(Path(folder))
            # One thread, as what is forked has no more.
            more = {LIBRARY: "1", "LD_PRELOAD": str(library), "OPENBLAS_NUM_THREADS": "1"}
            command = [sys.executable, "-m", "tests.faults", *sys.argv[1:]]
            return subprocess.call(command, env={**os.environ, **more})
    return 1 if sum(attack(name, chosen.every) for name in chosen.lives or LIVES) else 0


if __name__ == "__main__":
    sys.exit(main())
