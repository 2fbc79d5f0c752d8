"""The recorder's own parts and an engine, one after the other, without processes or mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from lamp.config import Audio
from lamp.listen.microphone_findings import MicrophoneFindings, MicrophoneWatch
from lamp.listen.word_findings import Take
from lamp.messages import Utterance
from lamp.recorder.block import Block, Blocks
from lamp.recorder.recorder import Recorder
from lamp.recorder.voice import Voice
from lamp.transcriber.engine import Engine
from lamp.transcriber.transcriber import as_float


class Listener:
    """Sound in, takes out; it keeps none of the sound.

    Args:
        audio: see lamp.yaml.
        voice: the voice activity detector.
        engine: writes down what it hears.
    """

    def __init__(self, audio: Audio, voice: Voice, engine: Engine) -> None:
        numbers = count()
        audio = replace(audio, source="microphone", partial_every=0.0)
        self._recorder = Recorder(audio, voice, lambda _: str(next(numbers)))
        self._blocks = Blocks()
        self._watch = MicrophoneWatch()
        self._engine = engine

    def hear(self, piece: Block) -> Iterator[Take]:
        """What was said, now that a piece of sound of any length has passed."""
        if self._blocks.gap_before(piece):  # the recorder notices by itself
            self._watch.interrupt()
        for block in self._blocks.cut(piece):
            said = self._recorder.hear(block)
            self._watch.hear(block.samples, self._recorder.facts()["speaking"])
            for message in said:
                if isinstance(message, Utterance):
                    yield self._take(message)

    def facts(self) -> dict[str, Any]:
        """Level, loudest, floor: what `lamp status` shows of the recorder."""
        return self._recorder.facts()

    def microphone(self) -> MicrophoneFindings:
        """What was found of the microphone so far."""
        return self._watch.findings()

    def _take(self, utterance: Utterance) -> Take:
        self._watch.said(utterance.level_db, utterance.clipped)
        heard = self._engine.transcribe(as_float(utterance.pcm))
        seconds = utterance.ended - utterance.started
        return Take(heard.text, heard.confidence, seconds, heard.soft)
