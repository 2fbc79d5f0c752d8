"""What a model costs on this machine: time and memory, in a process of its own.

python -m lamp.transcriber.profile MODEL_DIRECTORY [THREADS]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from lamp.errors import AcousticModelError
from lamp.messages import SAMPLE_RATE
from lamp.transcriber.acoustic_model import AcousticModel

SECONDS = 3.0  # of sound, the longest command
TIMES = 3
PATIENCE = 300.0  # s


@dataclass(frozen=True)
class ModelCost:
    """Of one model on one machine.

    Args:
        load: s until it can hear.
        real_time_factor: s of waiting for one second of sound; above 1 it never keeps up.
        cpu: s of CPU for one second of sound.
        memory: peak resident bytes of the process.
    """

    load: float
    real_time_factor: float
    cpu: float
    memory: int


def profile(directory: Path, threads: int = 1) -> ModelCost:
    """Load and run the model at ``directory`` in a fresh process.

    Raises:
        AcousticModelError: it cannot be used, or the process did not survive.
    """
    command = [sys.executable, "-m", "lamp.transcriber.profile", str(directory), str(threads)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    except subprocess.CalledProcessError as error:
        lines = str(error.stderr).strip().splitlines() or [f"exit status {error.returncode}"]
        raise AcousticModelError(
            f"the model at {directory} does not run here ({lines[-1]}). Use a smaller one"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise AcousticModelError(
            f"the model at {directory} takes minutes for {SECONDS:g} s of sound here. "
            "Use a smaller one"
        ) from error
    return ModelCost(**json.loads(done.stdout))


def profile_here(directory: Path, threads: int) -> ModelCost:
    """The same in this process, whose memory counts from its start."""
    began = perf_counter()
    model = AcousticModel(directory, threads)
    load = perf_counter() - began
    rng = np.random.default_rng(0)
    samples = rng.standard_normal(round(SECONDS * SAMPLE_RATE)).astype(np.float32) * 0.05
    model.log_probabilities(samples)
    wall, cpu = perf_counter(), process_time()
    for _ in range(TIMES):
        model.log_probabilities(samples)
    heard = TIMES * SECONDS
    return ModelCost(
        load=load,
        real_time_factor=(perf_counter() - wall) / heard,
        cpu=(process_time() - cpu) / heard,
        memory=peak_memory(),
    )


def peak_memory() -> int:
    """Most bytes that this process ever had in memory."""
    try:
        # Not getrusage: on Linux it counts what the parent had at the moment of the fork.
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: in bytes
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return 1024 * int(line.split()[1])


def memory_of_this_machine() -> int:
    """Bytes of memory in all."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


if __name__ == "__main__":
    threads_wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    sys.stdout.write(json.dumps(asdict(profile_here(Path(sys.argv[1]), threads_wanted))))
