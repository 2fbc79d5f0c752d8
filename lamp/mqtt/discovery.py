"""What Home Assistant is told once, so that it knows the lamp: its MQTT discovery messages.

The keys are those of https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lamp import __version__
from lamp.config import Mqtt, Names

ON, OFF = "ON", "OFF"
ONLINE, OFFLINE = "online", "offline"
LESSON = "lesson"  # the type of an event


@dataclass(frozen=True)
class Topics:
    """Of one lamp. ``base`` is "lamp/ID"."""

    base: str

    @property
    def availability(self) -> str:
        """Whether the lamp answers."""
        return f"{self.base}/availability"

    @property
    def state(self) -> str:
        """ON or OFF."""
        return f"{self.base}/state"

    @property
    def command(self) -> str:
        """ON or OFF, from outside."""
        return f"{self.base}/set"

    @property
    def muted(self) -> str:
        """ON: it does not listen."""
        return f"{self.base}/muted"

    @property
    def mute(self) -> str:
        """ON or OFF, from outside."""
        return f"{self.base}/muted/set"

    @property
    def heard(self) -> str:
        """What was heard last."""
        return f"{self.base}/heard"

    @property
    def why(self) -> str:
        """What it did about it, and why."""
        return f"{self.base}/why"

    @property
    def lesson(self) -> str:
        """Something was learned from a hand."""
        return f"{self.base}/lesson"


def topics_of(config: Mqtt) -> Topics:
    """The topics of the lamp that ``config`` describes."""
    return Topics(f"lamp/{config.id}")


def messages(config: Mqtt, names: Names) -> dict[str, str]:
    """Discovery messages by topic; an empty one takes back what was announced before."""
    topics = topics_of(config)
    entities: dict[tuple[str, str], dict[str, Any] | None] = {
        ("light", "light"): {
            "name": None,  # the device's own
            "state_topic": topics.state,
            "command_topic": topics.command,
        },
        ("switch", "mute"): {
            "name": "Mute",
            "icon": "mdi:microphone-off",
            "state_topic": topics.muted,
            "command_topic": topics.mute,
        },
        ("sensor", "heard"): {
            "name": "Last heard",
            "icon": "mdi:ear-hearing",
            "state_topic": topics.heard,
        }
        if config.words
        else None,
        ("sensor", "why"): {
            "name": "Why",
            "icon": "mdi:help-circle-outline",
            "state_topic": topics.why,
        },
        ("event", "lesson"): {
            "name": "Lesson",
            "icon": "mdi:school-outline",
            "state_topic": topics.lesson,
            "event_types": [LESSON],
        },
    }
    shared = {
        "availability_topic": topics.availability,
        "device": {
            "identifiers": [f"lamp-{config.id}"],
            "name": names.thing.capitalize(),
            "model": "A lamp that learns its owner's voice from the switch",
            "sw_version": __version__,
        },
        "origin": {"name": "lamp", "sw_version": __version__},
        "qos": 1,
    }
    return {
        f"{config.discovery}/{component}/lamp-{config.id}/{key}/config": json.dumps(
            entity | shared | {"unique_id": f"lamp-{config.id}-{key}"}
        )
        if entity is not None
        else ""
        for (component, key), entity in entities.items()
    }
