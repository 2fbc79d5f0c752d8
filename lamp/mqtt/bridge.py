"""Between the lamp and the broker: what is told, and what commands do."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

from lamp.clock import Clock
from lamp.config import Config
from lamp.diary.reader import DiaryReader
from lamp.diary.schema import open_diary
from lamp.errors import StateError
from lamp.messages import Directive, Flip, Message, Muted, State
from lamp.mqtt.discovery import LESSON, OFF, OFFLINE, ON, ONLINE, messages, topics_of
from lamp.page.now import now
from lamp.page.rate import Rate
from lamp.page.reading import Reading
from lamp.page.rows import Row
from lamp.runtime.heartbeat import read_health
from lamp.runtime.paths import diary_path, runtime_directory

LONGEST_STATE = 255  # characters that Home Assistant takes of a sensor's state
COMMAND_LIFE = 3.0  # s in which a command is still wanted
COMMANDS_A_SECOND, COMMANDS_AT_ONCE = 5.0, 10.0
BY_HAND = ("flip", "correction")

log = logging.getLogger(__name__)


class Publisher(Protocol):
    """What a bridge needs of a broker."""

    @property
    def connected(self) -> bool:
        """Whether it takes messages."""

    def is_fresh(self) -> bool:
        """Whether it has been told nothing yet."""

    def renew(self) -> None:
        """Let it be told everything again."""

    def publish(self, topic: str, content: str, retain: bool = True) -> bool:
        """Send a message; whether it was taken."""


class Bridge:
    """Tells the broker what changes; hands commands on to the lamp's processes.

    Args:
        config: of the lamp.
        clock: the lamp's.
        send: puts a message into a process's mailbox; may be called from any thread.
        monotonic: s, the machine's clock.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        send: Callable[[str, Message], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._clock = clock
        self._send = send
        self._monotonic = monotonic
        self.topics = topics_of(config.mqtt)
        self.birth = f"{config.mqtt.discovery}/status"  # where Home Assistant says that it is there
        self._runtime = runtime_directory(config)
        self._diary = diary_path(config)
        self._reading = Reading(self._diary, config.names)
        self._rate = Rate(COMMANDS_A_SECOND, COMMANDS_AT_ONCE, monotonic)
        self._told: dict[str, str] = {}
        self._rows: object = None
        self._position = self._lessons_so_far()
        self._state: State | None = None
        self._commands = 0
        self._token = os.urandom(4).hex()
        self.publisher: Publisher | None = None

    @property
    def subscribed(self) -> tuple[str, ...]:
        """Topics with commands, and where Home Assistant says that it has started."""
        return self.topics.command, self.topics.mute, self.birth

    def look(self) -> None:
        """Tell what is new. To be called about once a second."""
        lamp = now(read_health(self._runtime), self._monotonic(), self._config.names)
        self._state = lamp.state
        publisher = self.publisher
        if publisher is None or not publisher.connected:
            return
        if publisher.is_fresh():
            self._told = {}
            self._position = self._lessons_so_far()  # an event is of now, or none
            for topic, content in messages(self._config.mqtt, self._config.names).items():
                publisher.publish(topic, content)
        states = {
            self.topics.availability: ONLINE if lamp.state else OFFLINE,
            self.topics.muted: ON if lamp.muted else OFF,
        }
        if lamp.state is not None:
            states[self.topics.state] = ON if lamp.state == "lit" else OFF
        rows = self._reading.rows(1)
        states |= self._of_row(rows[0]) if rows else {}
        for topic, content in states.items():
            if self._told.get(topic) != content and publisher.publish(topic, content):
                self._told[topic] = content
        if rows is not self._rows:  # something was written
            self._tell_lessons(publisher)
            self._rows = rows

    def received(self, topic: str, content: str, kept: bool) -> None:
        """Do what a message asks for. Those that the broker had kept are old, and ask nothing."""
        if topic == self.birth:
            if content == ONLINE and self.publisher is not None:
                self.publisher.renew()
            return
        if kept or content not in (ON, OFF) or not self._rate.allows(topic):
            log.warning("a message to %s is not followed", topic)
        elif topic == self.topics.command:
            self._command("lit" if content == ON else "dark")
        elif topic == self.topics.mute:
            self._send("recorder", Muted(content == ON))

    def _command(self, state: State) -> None:
        at = self._clock.now()
        self._commands += 1
        name = f"outside-{self._token}-{self._commands}"
        directive = Directive(name, state, "", "asked for by MQTT", at, at + COMMAND_LIFE)
        self._send("operator", directive)
        if self._config.mqtt.teaches and self._state != state:
            self._send("anticipator", Flip(name, state, at))

    def _of_row(self, row: Row) -> dict[str, str]:
        """What sensors say of what was heard last."""
        told = {self.topics.why: row.did}
        if self._config.mqtt.words:
            told[self.topics.heard] = row.text
            told[self.topics.why] = " ".join((row.did, *row.why[:1]))
        return {topic: text[:LONGEST_STATE] for topic, text in told.items()}

    def _tell_lessons(self, publisher: Publisher) -> None:
        """An event for every lesson by hand since the last look."""
        if not self._diary.exists():
            self._position = 0
            return
        try:
            with closing(open_diary(self._diary, read_only=True)) as connection:
                diary = DiaryReader(connection, Path(self._diary).parent)
                if diary.position() < self._position:
                    self._position = 0  # it was erased
                entries = diary.labels_after(self._position)
        except StateError as error:
            log.debug("no lessons: %s", error)
            return
        for entry in entries:
            self._position = entry.position
            if entry.label.source not in BY_HAND or entry.label.weight <= 0:
                continue
            lesson = {"event_type": LESSON, "meant": self._config.names.of(entry.label.action)}
            if self._config.mqtt.words:
                lesson["heard"] = entry.soft.best
            publisher.publish(self.topics.lesson, json.dumps(lesson), retain=False)

    def _lessons_so_far(self) -> int:
        try:
            with closing(open_diary(self._diary, read_only=True)) as connection:
                return DiaryReader(connection, self._diary.parent).position()
        except StateError:
            return 0
