"""What multiprocessing.connection does where a mailbox must not wait: python connection_waits.py

Every line is one question, what happened, and how long it took. See docs/mailboxes.md.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

LIMIT = 0.5  # s, after which a call counts as blocked


def outcome(work: Callable[[], object]) -> str:
    """What ``work`` gave or raised; "blocked" if it did neither in time."""
    results: list[str] = []

    def run() -> None:
        try:
            results.append(str(work()))
        except Exception as error:
            results.append(type(error).__name__)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LIMIT)
    return results[0] if results else "blocked"


def pair() -> tuple[socket.socket, Connection]:
    """A socket, and the connection at its other end."""
    ours, theirs = socket.socketpair()
    return ours, Connection(theirs.detach())


def send_to_one_that_reads_nothing() -> str:
    reader, connection = pair()
    result = outcome(lambda: connection.send_bytes(bytes(1 << 20)))
    reader.close()  # or the thread would wait for ever
    return result


def send_without_waiting() -> str:
    """How many bytes of an unfinished message are in the socket after the error."""
    reader, connection = pair()
    os.set_blocking(connection.fileno(), False)
    size = 100_000
    whole = 0
    try:
        while True:
            connection.send_bytes(bytes(size))
            whole += 1
    except BlockingIOError:
        reader.setblocking(False)
        arrived = 0
        try:
            while True:
                arrived += len(reader.recv(1 << 20))
        except BlockingIOError:
            return str(arrived - whole * (size + 4))


def receive_half_a_message() -> str:
    writer, connection = pair()
    writer.sendall(struct.pack("!i", 1000) + bytes(10))
    assert connection.poll(0)  # it says that there is something to read
    result = outcome(connection.recv_bytes)
    writer.close()
    return result


def accept_a_caller_that_says_nothing(folder: Path) -> str:
    with Listener(str(folder / "silent"), "AF_UNIX", authkey=b"key") as listener:
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(str(folder / "silent"))
        result = outcome(listener.accept)
        caller.close()
        return result


def accept_a_stranger(folder: Path) -> str:
    with Listener(str(folder / "wrong"), "AF_UNIX", authkey=b"key") as listener:
        address = str(folder / "wrong")
        stranger = threading.Thread(target=lambda: outcome(lambda: Client(address, authkey=b"no")))
        stranger.start()
        result = outcome(listener.accept)
        stranger.join()
        return result


def listen_where_one_was_killed(folder: Path) -> str:
    address = str(folder / "killed")
    child = os.fork()
    if not child:
        kept = Listener(address, "AF_UNIX")
        os.kill(os.getpid(), signal.SIGKILL)
        kept.close()
    os.waitpid(child, 0)
    return outcome(lambda: Listener(address, "AF_UNIX"))


QUESTIONS: dict[str, Callable[[Path], str]] = {
    "send_bytes to one that reads nothing": lambda folder: send_to_one_that_reads_nothing(),
    "bytes of a torn message after a send_bytes that may not wait": (
        lambda folder: send_without_waiting()
    ),
    "recv_bytes of half a message, though poll said yes": lambda folder: receive_half_a_message(),
    "accept with a key, from a caller that says nothing": accept_a_caller_that_says_nothing,
    "accept with a key, from a stranger": accept_a_stranger,
    "Listener on the address of a killed one": listen_where_one_was_killed,
}


def main() -> None:
    """Ask all of them."""
    with tempfile.TemporaryDirectory(prefix="lamp-", dir="/tmp") as folder:
        for question, ask in QUESTIONS.items():
            began = time.monotonic()
            answer = ask(Path(folder))
            print(f"{question}: {answer} ({time.monotonic() - began:.2f} s)", flush=True)


if __name__ == "__main__":
    main()
