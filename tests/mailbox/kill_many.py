"""Kills senders and receivers of mail at random instants; run as a program by the tests.

    python kill_many.py DIRECTORY KILLS SEED

A putter sends numbered flips, always the same ones after a restart until they have been
acknowledged, as the lamp's processes do from what they hold on disk. A getter writes the
number of each flip into a ledger, unless it is there already, and then says that it is done.
Both are tiny forks of this single-threaded program, so that thousands of deaths take a
minute. At the end both are left alone, and everything has to arrive.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from lamp.mailbox import Mailbox
from lamp.messages import Flip, Utterance

BATCH = 8
RECORD = 8  # bytes a number in a ledger
PLACES = ("elsewhere", "start", "put", "flush", "get", "done")
PUTTER, GETTER, FINISH = range(3)  # bytes of shared memory
LIFE = 0.005  # s that they live on average, mostly without counting the start
MOSTLY = 0.8
HUNG = 20.0  # s in which everything must have arrived at the end

shared = mmap.mmap(-1, 3)


def numbers(path: Path) -> list[int]:
    return [int(line) for line in path.read_bytes().split()] if path.exists() else []


def put(directory: Path) -> None:
    mailbox = Mailbox(directory, "putter")
    journal = os.open(directory / "journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    following = os.fstat(journal).st_size // RECORD
    sound = bytes(200_000)  # more than a socket takes at once: some die in mid-frame
    finishing = False
    while not finishing:
        finishing = bool(shared[FINISH])  # after one batch that nobody disturbs
        shared[PUTTER] = PLACES.index("put")
        for number in range(following, following + BATCH):
            mailbox.send("getter", Flip(str(number), "lit", float(number)))
        mailbox.send("getter", Utterance("u", sound, 0.0, 1.0, 1.0, -20.0, 0.0))
        shared[PUTTER] = PLACES.index("flush")
        if not mailbox.flush(HUNG):
            os._exit(3)
        shared[PUTTER] = PLACES.index("elsewhere")
        for number in range(following, following + BATCH):
            os.write(journal, b"%07d\n" % number)
        following += BATCH
    os._exit(0)


def get(directory: Path) -> None:
    mailbox = Mailbox(directory, "getter")
    written = set(numbers(directory / "ledger"))
    ledger = os.open(directory / "ledger", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while True:
        shared[GETTER] = PLACES.index("get")
        delivery = mailbox.get()
        shared[GETTER] = PLACES.index("elsewhere")
        if delivery is None:
            os._exit(4)
        if isinstance(delivery.message, Flip):
            number = int(delivery.message.id)
            if number not in written:
                written.add(number)
                os.write(ledger, b"%07d\n" % number)
        shared[GETTER] = PLACES.index("done")
        delivery.ack()


def born(role: int, directory: Path) -> int:
    shared[role] = PLACES.index("start")
    pid = os.fork()
    if pid:
        return pid
    try:
        (put, get)[role](directory)
    except BaseException as error:  # whatever it is, this child must not go on as its parent
        sys.stderr.write(f"{error!r}\n")
    os._exit(5)


def main(directory: Path, kills: int, seed: int) -> dict[str, object]:
    chance = random.Random(seed)
    alive = {role: born(role, directory) for role in (PUTTER, GETTER)}
    killed: Counter[str] = Counter()
    odd_deaths = []
    while killed.total() < kills:
        if chance.random() < MOSTLY:
            patience = time.monotonic() + HUNG
            while PLACES.index("start") in shared[: GETTER + 1] and time.monotonic() < patience:
                time.sleep(0.0005)
        time.sleep(chance.expovariate(1 / LIFE))
        victims = chance.choice(((PUTTER,), (GETTER,), (PUTTER, GETTER)))
        for role in victims:
            killed[PLACES[shared[role]]] += 1
            os.kill(alive[role], signal.SIGKILL)
        for role in victims:
            _, status = os.waitpid(alive[role], 0)
            if not os.WIFSIGNALED(status):
                odd_deaths.append(os.waitstatus_to_exitcode(status))
            alive[role] = born(role, directory)
    shared[FINISH] = 1
    _, status = os.waitpid(alive[PUTTER], 0)
    os.kill(alive[GETTER], signal.SIGKILL)
    os.waitpid(alive[GETTER], 0)
    ledger = numbers(directory / "ledger")
    return {
        "kills": killed.total(),
        "killed_in": killed,
        "odd_deaths": odd_deaths,
        "end": os.waitstatus_to_exitcode(status),
        "in_order": ledger == list(range(len(ledger))),
        "effects": len(ledger),
        "acknowledged": len(numbers(directory / "journal")),
        "lost": len(set(numbers(directory / "journal")) - set(ledger)),
        "twice": len(ledger) - len(set(ledger)),
    }


if __name__ == "__main__":
    report = main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(report) + "\n")
