"""Run all experiments, or those named, and rebuild docs/science.md and its figures."""

from __future__ import annotations

import importlib
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bench.science.report import DOCS, Section

EXPERIMENTS = ("warm_start", "saturation", "digits", "attention_cost", "frozen", "presets")

HEAD = """# The science, reproduced or not

What the talk and the papers claim, tried on data that every Python installation has. This page
is written by `make science` (`python -m bench.science`), numbers and all; one experiment alone is
printed by the command in its section. Times are of the machine that ran it.

Not tried here: a standard transformer of equal size from random weights (it needs a library that
the lamp does not), and growth of a trained model.
"""


def main(names: list[str]) -> None:
    """All experiments write the page; some of them only print their sections."""
    sections: list[Section] = []
    for name in names or EXPERIMENTS:
        started = time.perf_counter()
        sections.append(importlib.import_module(f"bench.science.{name}").run())
        print(sections[-1].markdown(), flush=True)
        print(f"({name}: {time.perf_counter() - started:.0f} s)\n", flush=True)
    if not names:
        page = "\n".join([HEAD, *(section.markdown() for section in sections)])
        (DOCS / "science.md").write_text(page, encoding="utf-8")


main(sys.argv[1:])
