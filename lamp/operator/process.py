"""The operator's process: mail in, lamp moved, mail out. The switch does not wait for mail."""

from __future__ import annotations

import logging

from lamp.clock import Clock
from lamp.config import Config
from lamp.mailbox import Post
from lamp.operator.duty import Duty
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.paths import operator_state_path, runtime_directory

log = logging.getLogger(__name__)

BEAT_EVERY = 1.0  # s


def serve(config: Config, post: Post, clock: Clock, heartbeat: Heartbeat) -> None:
    """Be the operator until told to stop.

    Raises:
        PinError: the pins cannot be had; the message says why.
    """
    runtime = runtime_directory(config) if config.clock == "live" else None
    duty = Duty(config, clock, post.send, operator_state_path(config), runtime=runtime)
    try:
        attend(duty, post, heartbeat)
    finally:
        duty.close()


def attend(duty: Duty, post: Post, heartbeat: Heartbeat) -> None:
    """Handle what comes in ``post`` until it is stopped."""
    while not post.stopped:
        _beat(duty, heartbeat)
        duty.look()
        letter = post.get(BEAT_EVERY)
        if letter is None:
            continue
        try:
            duty.handle(letter.message)
        except OSError as error:
            log.error("the lamp could not be moved: %s. Check the relay's pin", error)
        letter.done()
    post.flush(BEAT_EVERY)


def _beat(duty: Duty, heartbeat: Heartbeat) -> None:
    operator = duty.operator
    heartbeat.beat(
        state="working",
        lamp=operator.state,
        board=duty.devices.board.name,
        flips=operator.flips,
        directives=operator.directives,
    )
