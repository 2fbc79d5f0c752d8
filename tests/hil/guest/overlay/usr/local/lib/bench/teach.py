"""In the guest, as the lamp's user: exchanges, each with a flip, told to the host once learned.

An exchange is learned when its label can be read from the diary by another process than the one
that writes it; from then on no power cut may lose it. For each a line "EXCHANGE ACTION" goes out
on the second serial line.
"""

import secrets
import sqlite3
import sys
import time
import tty
from pathlib import Path

from lamp.mailbox import Post
from lamp.messages import Transcript

RUNTIME, DIARY = Path("/run/lamp"), Path("/var/lib/lamp/diary.sqlite")
SWITCH = Path("/run/switch")
LONGEST = 8.0  # s until a flip must have become a label


def flip() -> None:
    SWITCH.write_text("pull-down" if SWITCH.read_text().strip() == "pull-up" else "pull-up")


def say(post: Post) -> str:
    """Somebody said something three seconds ago, of the kind nobody has said before."""
    now, name = time.monotonic(), secrets.token_hex(6)
    words = "".join(secrets.choice("aeiouklmnprst ") for _ in range(14))
    post.send("anticipator", Transcript(name, words, 0.9, now - 4.0, now - 3.0, now))
    post.flush(5.0)
    return name


def learned(name: str) -> str:
    """What the diary says that this exchange asked for, once it does."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        connection = sqlite3.connect(f"file:{DIARY}?mode=ro", uri=True)
        found = connection.execute(
            "SELECT action FROM labels WHERE exchange = ? ORDER BY position DESC", (name,)
        ).fetchone()
        connection.close()
        if found:
            return found[0]
        time.sleep(0.02)
    return ""


def main() -> None:
    with open("/dev/ttyS1", "r+b", buffering=0) as host:
        tty.setraw(host.fileno())
        post = Post(RUNTIME, "bench")
        while True:
            name = say(post)
            flip()
            action = learned(name)
            host.write(f"{name} {action or 'LOST'}\n".encode())
            if not action:
                sys.exit(1)


main()
