"""The operator on duty: pins, memory and paperwork put together. No mailbox needed."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from lamp.clock import Clock, ReplayClock
from lamp.config import Config
from lamp.messages import Directive, Message, SwitchMoved, Watermark
from lamp.operator.boards import find_board
from lamp.operator.clerk import Clerk, Send
from lamp.operator.devices import Devices, open_devices
from lamp.operator.operator import Operator
from lamp.operator.state import LastState, recall, remember, starting_state, this_boot

log = logging.getLogger(__name__)

Open = Callable[[Callable[[str], None]], Devices]


class Duty:
    """From its construction to :meth:`close` the switch works, whatever else does not.

    Args:
        config: pins and the correction window.
        clock: the lamp's clock.
        send: puts a message into somebody's mailbox.
        state_file: where the last state is kept.
        boot: this start of the machine.
        devices: opens the pins, given where to report trouble; None: as config says.

    Raises:
        PinError: the pins cannot be had; the message says why.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        send: Send,
        state_file: Path,
        boot: str | None = None,
        devices: Open | None = None,
    ) -> None:
        def as_configured(report: Callable[[str], None]) -> Devices:
            return open_devices(config.pins, find_board(config.pins.board), report)

        boot = this_boot() if boot is None else boot
        self._clerk = Clerk(lambda last: remember(state_file, last), send)
        try:
            self.devices = (devices or as_configured)(self._clerk.warn)
            last = starting_state(
                _recall(state_file), boot, self.devices.found(), config.pins.after_power_loss
            )
            self.operator = Operator(
                self.devices.take_relay(last.state),
                clock,
                self._clerk.take,
                last,
                config.deciding.correction_window,
                token="flip" if isinstance(clock, ReplayClock) else os.urandom(4).hex(),
            )
            self.devices.listen(self.operator.flip)
        except BaseException:
            self._clerk.close()
            raise
        self.operator.announce()

    def handle(self, message: Message) -> None:
        """Do what ``message`` asks for; kinds that are not for the operator are ignored."""
        if isinstance(message, Directive):
            verdict = self.operator.obey(message)
            log.info("directive %s to %s: %s", message.id, message.state, verdict)
        elif isinstance(message, SwitchMoved):
            if self.devices.simulated:
                self.devices.move()
            else:
                log.warning("ignored a simulated hand: this lamp has a real switch")
        elif isinstance(message, Watermark):
            # Whoever waits for it knows that all that came before it is done and told.
            self._clerk.send("house", message)

    def close(self) -> None:
        """Listen no longer and finish the paperwork. The lamp stays as it is."""
        self.devices.close()
        self._clerk.close()


def _recall(state_file: Path) -> LastState | None:
    try:
        return recall(state_file)
    except OSError as error:
        log.warning("the lamp's last state cannot be read: %s. Starting without it", error)
        return None
