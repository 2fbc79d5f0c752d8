"""The operator with its pins, its state file and its background writer. No mailbox needed."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from lamp.clock import Clock, ReplayClock
from lamp.config import Config, is_night
from lamp.messages import Directive, Message, SwitchMoved, Watermark
from lamp.operator.anticipator_feed import Send
from lamp.operator.background_writer import BackgroundWriter
from lamp.operator.boards import find_board
from lamp.operator.devices import Devices, open_devices
from lamp.operator.flip_journal import FlipJournal
from lamp.operator.operator import Operator
from lamp.operator.state import LastState, recall, remember, starting_state
from lamp.operator.status_panel import StatusPanel
from lamp.runtime.boot import this_boot
from lamp.runtime.paths import MUTED

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # s between two looks at how the others are

Open = Callable[[Callable[[str], None]], Devices]


class Service:
    """From its construction to :meth:`close` the switch works, whatever else does not.

    Args:
        config: pins and the correction window.
        clock: the lamp's clock.
        send: puts a message into somebody's mailbox.
        state_file: where the last state is kept.
        boot: this start of the machine.
        devices: opens the pins, given where to report trouble; None: as config says.
        runtime: where the others say how they are, for the LED and the mute button; None:
            without these.
        journal: keeps flips until they are in the diary; None: they are lost with the process.

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
        runtime: Path | None = None,
        journal: FlipJournal | None = None,
    ) -> None:
        def as_configured(report: Callable[[str], None]) -> Devices:
            return open_devices(config.pins, find_board(config.pins.board), report)

        self._config = config
        self._clock = clock
        boot = this_boot() if boot is None else boot
        self._next_look = 0.0
        self._journal = journal
        self._writer = BackgroundWriter(lambda last: remember(state_file, last), send, journal)
        try:
            self.devices = (devices or as_configured)(self._writer.warn)
            last = starting_state(
                _recall(state_file),
                boot,
                self.devices.found(),
                config.pins.after_power_loss,
                self.devices.contact(),
            )
            self.operator = Operator(
                self.devices.take_relay(last.state),
                clock,
                self._writer.put,
                last,
                config.deciding.correction_window,
                token="flip" if isinstance(clock, ReplayClock) else os.urandom(4).hex(),
            )
            self._panel = self._make_panel(runtime, state_file.parent / MUTED)
            self.operator.announce()  # from here on no flip and no press is lost
            self.devices.listen(self.operator.flip, last.contact)
        except BaseException:
            self._writer.close()
            raise

    @property
    def flips_waiting(self) -> int:
        """How many flips the anticipator has not written down yet."""
        return self._journal.waiting if self._journal is not None else 0

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
            self._writer.send("observer", message)

    def look(self) -> None:
        """See how the switch and the others are. To be called often; looks once a second."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_EVERY
        self.operator.note(self.devices.contact())
        if self._panel is not None:
            self._panel.look()

    def close(self) -> None:
        """Listen no longer and finish the paperwork. The lamp stays as it is, the LED dark."""
        self.devices.close()
        if self._panel is not None:
            self._panel.close()
        self._writer.close()

    def _led_rests(self) -> bool:
        rests_at_night = not self._config.pins.led_at_night
        return rests_at_night and is_night(self._config.deciding.night, self._clock.wall())

    def _make_panel(self, runtime: Path | None, note: Path) -> StatusPanel | None:
        """What joins the LED and the button to the others; it also notes what `lamp mute` did."""
        if runtime is None:
            return None
        led, writer = self.devices.led, self._writer
        panel = StatusPanel(led, runtime, note, writer.send, writer.warn, night=self._led_rests)
        self.devices.listen_to_button(panel.press)
        return panel


def _recall(state_file: Path) -> LastState | None:
    try:
        return recall(state_file)
    except OSError as error:
        log.warning("the lamp's last state cannot be read: %s. Starting without it", error)
        return None
