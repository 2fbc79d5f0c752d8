from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lamp.mailbox import Mailbox

OpenMailbox = Callable[..., Mailbox]


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A runtime directory with a short name, as sockets need it."""
    directory = Path(tempfile.mkdtemp(prefix="lamp-test-", dir="/tmp"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def open_mailbox(sockets: Path) -> Iterator[OpenMailbox]:
    """Opens mailboxes that are closed when the test ends."""
    mailboxes: list[Mailbox] = []

    def open_one(name: str, capacity: int = 256, **options: object) -> Mailbox:
        mailboxes.append(Mailbox(sockets, name, capacity, **options))  # type: ignore[arg-type]
        return mailboxes[-1]

    yield open_one
    for mailbox in mailboxes:
        mailbox.close()
