"""Processes that only live: real ones, for the supervisor to watch."""

from __future__ import annotations

from lamp.clock import Clock
from lamp.config import Config
from lamp.mailbox import Post
from lamp.runtime.heartbeat import Heartbeat


def serve(config: Config, post: Post, clock: Clock, heartbeat: Heartbeat) -> None:
    while not post.stopped:
        heartbeat.beat(state="living")
        letter = post.get(timeout=0.2)
        if letter is not None:
            letter.done()
