"""The optional LED and mute button, between the pins and what the other processes say."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lamp.messages import Message, Muted
from lamp.operator.health_summary import muted, summarise
from lamp.operator.status_led import LESSON, Led, StatusLed
from lamp.runtime.files import write_whole
from lamp.runtime.heartbeat import Health, read_health
from lamp.runtime.paths import MUTED

log = logging.getLogger(__name__)

ANSWERED = 3.0  # s after an order in which the recorder need not have said yet that it obeys


class StatusPanel:
    """Shows how the lamp is, and mutes it when its button is pressed.

    Being muted outlives a power cut: the operator keeps a note of it beside its last state,
    and puts it where the recorder looks when it starts.

    Args:
        led: None where there is none.
        runtime: where the processes say how they are.
        note: the file that says, over a power cut, that the lamp is muted.
        send: puts a message into somebody's mailbox; must not block.
        report: told of trouble; must not block.
        now: s, the machine's monotonic clock.
        night: whether it is night now, when the LED rests.
    """

    def __init__(
        self,
        led: Led | None,
        runtime: Path,
        note: Path,
        send: Callable[[str, Message], None],
        report: Callable[[str], None],
        now: Callable[[], float] = time.monotonic,
        night: Callable[[], bool] = lambda: False,
    ) -> None:
        self._led = StatusLed(led, report) if led is not None else None
        self._runtime = runtime
        self._note = note
        self._send = send
        self._report = report
        self._now = now
        self._night = night
        self._lessons: int | None = None  # that the anticipator has told of
        self._started = now()
        self._ordered_at = float("-inf")
        self._muted = note.exists()
        if self._muted:
            self._remind()

    def press(self) -> None:
        """The button: mute the lamp, or end that. Called in a switch's thread."""
        self._muted = not self._muted
        self._ordered_at = self._now()
        self._send("recorder", Muted(self._muted))
        if self._led is not None:
            self._led.wink()

    def look(self) -> None:
        """See how the lamp is. To be called every second or so."""
        healths = read_health(self._runtime)
        now = self._now()
        if "recorder" in healths and now - self._ordered_at > ANSWERED:
            self._muted = muted(healths)  # there is also `lamp mute`
        self._keep_note()
        if self._led is not None:
            self._led.rest(self._night())
            self._led.show(summarise(healths, now, self._started))
            self._wink_at_a_lesson(healths)

    def _wink_at_a_lesson(self, healths: Mapping[str, Health]) -> None:
        """A refit is over too soon to be seen; that a lesson was taken is told for itself."""
        assert self._led is not None
        told = healths["anticipator"].facts.get("lessons") if "anticipator" in healths else None
        lessons = told if isinstance(told, int) else None
        more = lessons is not None and self._lessons is not None and lessons > self._lessons
        if more and not self._night():
            self._led.wink(LESSON)
        self._lessons = lessons

    def close(self) -> None:
        """The LED goes dark."""
        if self._led is not None:
            self._led.close()

    def _keep_note(self) -> None:
        try:
            if self._muted and not self._note.exists():
                write_whole(self._note, "")
            elif not self._muted:
                self._note.unlink(missing_ok=True)
        except OSError as error:
            log.debug("being muted cannot be noted: %s", error)  # the state file says so

    def _remind(self) -> None:
        """Let the recorder begin muted; it starts after the operator."""
        try:
            self._runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._runtime / MUTED).touch()
        except OSError as error:
            self._report(
                f"the lamp was muted, and the recorder cannot be told: {error}. "
                "Press the mute button, or: lamp mute on"
            )
