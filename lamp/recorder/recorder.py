"""The recorder without its process: sound in, messages out, and what there is to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamp.config import Audio
from lamp.messages import Message, Utterance
from lamp.recorder.block import BLOCK_SECONDS, Block, Blocks
from lamp.recorder.endpointer import Endpointer
from lamp.recorder.level import LevelMeter
from lamp.recorder.voice import Voice
from lamp.recorder.voice_gate import VoiceGate


class Recorder:
    """Everything between the source of sound and the mailbox.

    Args:
        audio: see lamp.yaml.
        voice: the voice activity detector.
        name: names an utterance by its start (s), no two alike.
    """

    def __init__(self, audio: Audio, voice: Voice, name: Callable[[float], str]) -> None:
        # A simulated house sends no silence; a microphone that sends nothing has lost sound.
        self._silence_is_sent = audio.source != "house"
        self._gate = VoiceGate(voice, audio.speech_threshold)
        self._endpointer = Endpointer(audio, self._gate, name)
        self._blocks = Blocks()
        self._meter = LevelMeter()
        self._muted = False
        self._utterances = 0
        self._gaps = 0

    def hear(self, piece: Block) -> list[Message]:
        """What there is to say after a piece of sound of any length."""
        said: list[Message] = []
        if self._blocks.gap_before(piece):
            self._gaps += 1
            if not self._silence_is_sent:
                said += self._endpointer.pass_time(piece.started)
            if self._blocks.back_in_time(piece):
                self._endpointer.forget()
            self._endpointer.spoil()
        for block in self._blocks.cut(piece):
            self._meter.hear(block.samples)
            if self._muted:  # time goes on: what was said before still gets its label
                said += self._endpointer.mark(block.ended)
            else:
                said += self._endpointer.hear(block)
        self._utterances += _finished(said)
        return said

    def pass_time(self, until: float) -> list[Message]:
        """What there is to say when no sound comes up to ``until`` s."""
        said = self._endpointer.pass_time(until)
        self._utterances += _finished(said)
        return said

    def mute(self, muted: bool) -> None:
        """Hear nothing until told otherwise; what was being said is dropped."""
        if muted and not self._muted:
            self._endpointer.forget()
        self._muted = muted

    def facts(self) -> dict[str, Any]:
        """For the heartbeat: plain values."""
        return {
            "state": "muted" if self._muted else "listening",
            "muted": self._muted,
            "speaking": self._endpointer.speaking,
            "level_db": round(self._meter.level_db, 1),
            "loudest_db": round(self._meter.loudest_db, 1),
            "floor_db": round(self._gate.floor.level_db, 1),
            "clipped": round(self._meter.clipped, 4),
            "dead_seconds": round(self._meter.zeros * BLOCK_SECONDS, 1),
            "utterances": self._utterances,
            "gaps": self._gaps,
            "spoilt": self._endpointer.spoilt,
        }


def _finished(messages: list[Message]) -> int:
    """How many utterances among ``messages`` are whole."""
    return sum(isinstance(message, Utterance) and message.final for message in messages)
