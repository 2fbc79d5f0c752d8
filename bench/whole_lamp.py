"""The whole lamp, live: time to start, memory, CPU in silence, and from speech to decision.

    python -m bench.whole_lamp

Five real processes on this machine; recordings played in real time stand for the microphone,
the pins are simulated. Memory is what the kernel counts for each process: RSS counts shared
pages in every process, PSS divides them among those that share them.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from lamp.clock import LiveClock
from lamp.config import Config, Pins
from lamp.mailbox import Mailbox
from lamp.messages import SAMPLE_RATE, Decided, LampChanged, Message, SwitchMoved, Watermark
from lamp.runtime.paths import runtime_directory
from lamp.simulate.repertoire import CLIPS
from lamp.supervisor import Supervisor

PATIENCE = 60.0  # s
SILENCE = 20.0  # s of silence to count CPU in
COMMANDS = 12  # clips to time


@contextmanager
def running(source: Path) -> Iterator[tuple[Supervisor, Mailbox, float]]:
    """A lamp that hears ``source`` in real time; the house's mail; when it was started."""
    with tempfile.TemporaryDirectory(prefix="lamp-bench-") as folder:
        base = Config()
        config = replace(
            base,
            places=replace(base.places, state=f"{folder}/state", runtime=f"{folder}/run"),
            audio=replace(base.audio, source=str(source)),
            pins=Pins(board="simulated"),
        )
        (Path(folder) / "run").mkdir(mode=0o750)
        supervisor = Supervisor(config, LiveClock())
        mailbox = Mailbox(runtime_directory(config), "observer")
        began = time.monotonic()
        thread = threading.Thread(target=supervisor.run, daemon=True)
        thread.start()
        try:
            yield supervisor, mailbox, began
        finally:
            supervisor.end()
            thread.join()
            mailbox.close()


def messages(mailbox: Mailbox, seconds: float) -> Iterator[Message]:
    """What comes within ``seconds``; an empty wait yields nothing."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        delivery = mailbox.get(timeout=min(0.05, left))
        if delivery is not None:
            yield delivery.message
            delivery.ack()


def start_up(mailbox: Mailbox, began: float) -> dict[str, float]:
    """Seconds from the start until a flip moves the lamp, and until sound passes all through."""
    reached: dict[str, float] = {}
    asked = threading.Event()

    def keep_flipping() -> None:
        while not asked.wait(0.02):
            mailbox.send("operator", SwitchMoved(time.monotonic()))

    threading.Thread(target=keep_flipping, daemon=True).start()
    for message in messages(mailbox, PATIENCE):
        if isinstance(message, LampChanged) and message.cause == "switch":
            asked.set()
            reached.setdefault("switch works", time.monotonic() - began)
        if isinstance(message, Watermark):
            reached.setdefault("hears", time.monotonic() - began)
        if len(reached) == 2:
            break
    return reached


def memory(pid: int) -> tuple[float, float]:
    """RSS and PSS in MB (10^6 bytes)."""
    kilobytes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            kilobytes[name] = float(rest.split()[0])
    return kilobytes["Rss"] * 1024 / 1e6, kilobytes["Pss"] * 1024 / 1e6


def cpu(pid: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def silence(folder: Path) -> Path:
    """A minute of a quiet microphone: dither of one step."""
    samples = np.random.default_rng(0).integers(-1, 2, 60 * SAMPLE_RATE).astype("<i2")
    path = folder / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.tobytes())
    return path


def in_silence() -> None:
    """Print start-up, memory and CPU of a lamp in a silent room."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(silence(Path(folder))) as (supervisor, mailbox, began),
    ):
        reached = start_up(mailbox, began)
        for what in ("switch works", "hears"):
            print(f"from start to {what!r}: {reached.get(what, float('nan')):.2f} s")
        for _ in messages(mailbox, 5.0):
            pass
        pids = supervisor.pids() if callable(supervisor.pids) else supervisor.pids
        before = {name: cpu(pid) for name, pid in pids.items()}
        since = time.monotonic()
        for _ in messages(mailbox, SILENCE):
            pass
        took = time.monotonic() - since
        print(f"\n{'process':12} {'RSS MB':>7} {'PSS MB':>7} {'% of a core in silence':>23}")
        totals = [0.0, 0.0, 0.0]
        for name, pid in pids.items():
            row = (*memory(pid), 100 * (cpu(pid) - before[name]) / took)
            totals = [total + value for total, value in zip(totals, row, strict=True)]
            print(f"{name:12} {row[0]:7.1f} {row[1]:7.1f} {row[2]:23.2f}")
        print(f"{'all':12} {totals[0]:7.1f} {totals[1]:7.1f} {totals[2]:23.2f}")


def speech_to_decision() -> None:
    """Print how long after the end of an utterance was certain its decision was there."""
    delays, stages = [], []
    with running(CLIPS) as (_, mailbox, _):
        for message in messages(mailbox, PATIENCE):
            if isinstance(message, Decided):
                certain = message.at + message.stages.get("endpoint", 0.0)
                delays.append(1000 * (time.monotonic() - certain))
                stages.append(message.stages)
            if len(delays) == COMMANDS:
                break
    if not delays:
        raise SystemExit("nothing was heard: see the log above")
    print(
        f"\nfrom the end of speech being certain to the decision, {len(delays)} utterances: "
        f"median {np.median(delays):.0f} ms, worst {max(delays):.0f} ms"
    )
    for stage in stages[0]:
        spent = [1000 * one.get(stage, 0.0) for one in stages]
        print(f"  {stage:10} median {np.median(spent):6.1f} ms, worst {max(spent):6.1f} ms")


if __name__ == "__main__":
    in_silence()
    speech_to_decision()
