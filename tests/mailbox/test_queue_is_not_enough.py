"""Why mailboxes are not multiprocessing queues: the same two deaths, with both."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from lamp.messages import Flip, Sound
from tests.mailbox.conftest import OpenMailbox

HERE = Path(__file__).parent

READER = """
import sys; from pathlib import Path; from lamp.mailbox import Mailbox
mailbox = Mailbox(Path(sys.argv[1]), "anticipator"); print("here", flush=True); mailbox.get()
"""
WRITER = """
import sys, time; from pathlib import Path; from lamp.mailbox import Mailbox
from lamp.messages import Sound
mailbox = Mailbox(Path(sys.argv[1]), "recorder")
mailbox.send("anticipator", Sound(bytes(3_000_000), 0.0)); print("here", flush=True); time.sleep(60)
"""


def after_death_with_a_queue(who: str) -> dict[str, Any]:
    program = [sys.executable, str(HERE / "queue_killed.py"), who]
    result = subprocess.run(program, check=True, capture_output=True, text=True, timeout=60)
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def kill_one_that(program: str, sockets: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", program, str(sockets)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)


def test_a_queue_hangs_for_ever_after_a_reader_is_killed_in_get() -> None:
    report = after_death_with_a_queue("reader")
    assert report["something_lies_there"]
    assert report["got"] is None
    assert report["hangs"]


def test_a_queue_hangs_in_spite_of_a_timeout_after_a_writer_is_killed_in_put() -> None:
    report = after_death_with_a_queue("writer")
    assert report["got"] is None
    assert report["hangs"]


def test_a_mailbox_serves_the_successor_of_a_reader_killed_in_get(
    open_mailbox: OpenMailbox, sockets: Path
) -> None:
    operator = open_mailbox("operator")
    kill_one_that(READER, sockets)
    operator.send("anticipator", Flip("1", "lit", 0.0))
    delivery = open_mailbox("anticipator").get(5.0)
    assert delivery is not None
    assert delivery.message == Flip("1", "lit", 0.0)


def test_a_mailbox_goes_on_after_a_writer_is_killed_in_put(
    open_mailbox: OpenMailbox, sockets: Path
) -> None:
    anticipator = open_mailbox("anticipator")
    with anticipator._changed:  # it does not read, so that the writer dies in mid-message
        kill_one_that(WRITER, sockets)
    open_mailbox("recorder").send("anticipator", Sound(b"", 1.0))
    delivery = anticipator.get(5.0)
    assert delivery is not None
    assert delivery.message == Sound(b"", 1.0)
