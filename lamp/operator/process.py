"""The operator's process: mail in, lamp moved, mail out. The switch does not wait for mail."""

from __future__ import annotations

import logging

from lamp.clock import Clock
from lamp.config import Config
from lamp.mailbox import Mailbox
from lamp.operator.flip_journal import open_flip_journal
from lamp.operator.service import Service
from lamp.runtime.boot import this_boot
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.paths import operator_state_path, runtime_directory
from lamp.runtime.private import owned

log = logging.getLogger(__name__)

BEAT_EVERY = 1.0  # s


def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
    """Be the operator until told to stop.

    Raises:
        PinError: the pins cannot be had; the message says why.
    """
    runtime = journal = None
    state_file = operator_state_path(config)
    if config.clock == "live":
        runtime = owned(runtime_directory(config))
        journal = open_flip_journal(state_file.parent, runtime, this_boot(), clock)
    service = Service(config, clock, mailbox.send, state_file, runtime=runtime, journal=journal)
    try:
        attend(service, mailbox, heartbeat)
    finally:
        service.close()


def attend(service: Service, mailbox: Mailbox, heartbeat: Heartbeat) -> None:
    """Handle what comes in ``mailbox`` until it is stopped."""
    while not mailbox.stopped:
        _beat(service, heartbeat)
        service.look()
        delivery = mailbox.get(BEAT_EVERY)
        if delivery is None:
            continue
        try:
            service.handle(delivery.message)
        except OSError as error:
            log.error("the lamp could not be moved: %s. Check the relay's pin", error)
        delivery.ack()
    mailbox.flush(BEAT_EVERY)


def _beat(service: Service, heartbeat: Heartbeat) -> None:
    operator = service.operator
    heartbeat.beat(
        state="working",
        lamp=operator.state,
        board=service.devices.board.name,
        flips=operator.flips,
        flips_waiting=service.flips_waiting,
        directives=operator.directives,
    )
