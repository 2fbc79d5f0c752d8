"""Kills users of a plain multiprocessing.Queue; run as a program by the tests.

    python queue_killed.py reader|writer

Prints what a successor got in SECONDS, as JSON. Nothing here waits without an end, except
the successor: that is the point, and it is killed.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
from typing import Any

SECONDS = 1.5
fork = multiprocessing.get_context("fork")


def pass_on(queue: Any, timeout: float | None, results: Any) -> None:
    results.send(queue.get(timeout=timeout))


def put_much(queue: Any) -> None:
    queue.put("x" * 10_000_000)
    time.sleep(30.0)


def kill(process: Any) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def reader_killed_in_get(queue: Any) -> None:
    """It waits for a message, and holds the lock that all readers share."""
    reader = fork.Process(target=queue.get)
    reader.start()
    while queue._rlock.acquire(block=False):
        queue._rlock.release()
        time.sleep(0.01)
    kill(reader)
    queue.put("a flip")


def writer_killed_in_put(queue: Any) -> None:
    """It has written half of a message, and the rest never comes."""
    writer = fork.Process(target=put_much, args=(queue,))
    writer.start()
    while not queue._reader.poll(0.01):
        pass
    kill(writer)


def main(who: str) -> dict[str, object]:
    queue = fork.Queue()
    {"reader": reader_killed_in_get, "writer": writer_killed_in_put}[who](queue)
    # Even a timeout does not help against half a message: it ends with the first byte.
    timeout = None if who == "reader" else SECONDS / 10
    ours, theirs = fork.Pipe()
    successor = fork.Process(target=pass_on, args=(queue, timeout, theirs))
    successor.start()
    got = ours.recv() if ours.poll(SECONDS) else None
    report = {
        "got": got,
        "something_lies_there": queue._reader.poll(),
        "hangs": successor.is_alive(),
    }
    kill(successor)
    queue.cancel_join_thread()
    return report


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])) + "\n")
