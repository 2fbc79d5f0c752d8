"""In the guest, as the lamp's user: exchanges, each with a flip; tells the host what was written.

A flip or a label counts as written down when another process than its writer can read it from the
diary; from then on no power cut may lose it. Each goes out on the second serial line, as "flip ID"
or "label POSITION EXCHANGE ACTION"; "LOST" says that a flip did not get there at all.
"""

import secrets
import sqlite3
import sys
import time
import tty
from collections.abc import Iterator
from pathlib import Path

from lamp.mailbox import Mailbox
from lamp.messages import Transcript

RUNTIME, DIARY = Path("/run/lamp"), Path("/var/lib/lamp/diary.sqlite")
SWITCH = Path("/run/switch")
LONGEST = 30.0  # s until a flip must be in the diary; the machine may be busy


def flip() -> None:
    SWITCH.write_text("pull-down" if SWITCH.read_text().strip() == "pull-up" else "pull-up")


def say(mailbox: Mailbox) -> None:
    """Somebody said something three seconds ago, of the kind nobody has said before."""
    now = time.monotonic()
    words = "".join(secrets.choice("aeiouklmnprst ") for _ in range(14))
    mailbox.send(
        "anticipator", Transcript(secrets.token_hex(6), words, 0.9, now - 4.0, now - 3.0, now)
    )
    mailbox.flush(LONGEST)


class Reader:
    """What has come into the diary since the last look."""

    def __init__(self) -> None:
        self._seen = {"flips": 0, "labels": 0}
        self._rows("flips", "id")
        self._rows("labels", "action")

    def flips(self) -> list[str]:
        return [f"flip {name}" for _, name in self._rows("flips", "id")]

    def labels(self) -> list[str]:
        return [
            f"label {row[0]} {row[1]}" for row in self._rows("labels", "exchange || ' ' || action")
        ]

    def _rows(self, table: str, column: str) -> list[tuple[int, str]]:
        connection = sqlite3.connect(f"file:{DIARY}?mode=ro", uri=True)
        found = connection.execute(
            f"SELECT position, {column} FROM {table} WHERE position > ? ORDER BY position",
            (self._seen[table],),
        ).fetchall()
        connection.close()
        if found:
            self._seen[table] = found[-1][0]
        return found


def news(reader: Reader) -> Iterator[str]:
    """The flip that was just made, and the labels there are by then."""
    until = time.monotonic() + LONGEST
    while not (flips := reader.flips()):
        if time.monotonic() > until:
            yield "LOST"
            return
        time.sleep(0.05)
    yield from flips
    yield from reader.labels()


def main() -> None:
    with open("/dev/ttyS1", "r+b", buffering=0) as host:
        tty.setraw(host.fileno())
        mailbox, reader = Mailbox(RUNTIME, "bench"), Reader()
        while True:
            say(mailbox)
            flip()
            for line in news(reader):
                host.write(f"{line}\n".encode())
                if line == "LOST":
                    sys.exit(1)


main()
