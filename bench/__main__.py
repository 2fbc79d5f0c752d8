"""All benches, one after the other: ``python -m bench``."""

from __future__ import annotations

import subprocess
import sys

BENCHES = ("switch_latency", "whole_lamp", "label_time", "hearing_cost")

for bench in BENCHES:
    print(f"\n== python -m bench.{bench}", flush=True)
    subprocess.run([sys.executable, "-m", f"bench.{bench}"], check=True)
