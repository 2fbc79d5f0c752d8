"""Run all experiments, or those named, and rebuild docs/science.md and its figures."""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bench.science.report import DOCS, Section

EXPERIMENTS = (
    "warm_start",
    "saturation",
    "digits",
    "attention_cost",
    "lengths",
    "frozen",
    "phases",
    "sizes",
    "growth",
    "transformer",
    "stack",
    "presets",
)

CLAIMS = Path(__file__).with_name("claims.md")  # written by hand, from runs of all of these

HEAD = """# The science, reproduced or not

What the talk and the papers claim, tried on small data: the Python manual, the King James Bible
(Debian packages bible-kjv and bible-kjv-text, public domain), scikit-learn's digits, and made-up
exchanges with a lamp, a fan and a blind. The sections are written by `make science`
(`python -m bench.science`), numbers and all; one experiment alone is printed by the command in
its section. Times are of the machine that ran it, one thread. `make science-long` runs what takes
longer, and keeps each row of it. Whose method this is: [NOTICE](../NOTICE).
"""


def main(names: list[str]) -> None:
    """All experiments write the page; some of them only print their sections."""
    sections: list[Section] = []
    began = time.perf_counter()
    for name in names or EXPERIMENTS:
        started = time.perf_counter()
        sections.append(importlib.import_module(f"bench.science.{name}").run())
        print(sections[-1].markdown(), flush=True)
        print(f"({name}: {time.perf_counter() - started:.0f} s)\n", flush=True)
    if not names:
        wall, processor = time.perf_counter() - began, time.process_time()
        foot = f"All of it took {wall:.0f} s, {processor:.0f} s of them on the processor.\n"
        claims = CLAIMS.read_text(encoding="utf-8")
        page = "\n".join([HEAD, claims, *(section.markdown() for section in sections), foot])
        (DOCS / "science.md").write_text(page, encoding="utf-8")


main(sys.argv[1:])
