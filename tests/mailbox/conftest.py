from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lamp.mailbox import Post

OpenPost = Callable[..., Post]


@pytest.fixture
def office() -> Iterator[Path]:
    """A runtime directory with a short name, as sockets need it."""
    directory = Path(tempfile.mkdtemp(prefix="lamp-test-", dir="/tmp"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def open_post(office: Path) -> Iterator[OpenPost]:
    """Opens posts that are closed when the test ends."""
    posts: list[Post] = []

    def open_one(name: str, capacity: int = 256, **options: object) -> Post:
        posts.append(Post(office, name, capacity, **options))  # type: ignore[arg-type]
        return posts[-1]

    yield open_one
    for post in posts:
        post.close()
