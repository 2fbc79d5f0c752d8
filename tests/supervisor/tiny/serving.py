"""Processes that only live: real ones, for the supervisor to watch."""

from __future__ import annotations

from lamp.clock import Clock
from lamp.config import Config
from lamp.mailbox import Mailbox
from lamp.runtime.heartbeat import Heartbeat


def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
    while not mailbox.stopped:
        heartbeat.beat(state="living")
        delivery = mailbox.get(timeout=0.2)
        if delivery is not None:
            delivery.ack()
