"""Cuts sound into utterances: where one begins, goes on, and has ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from lamp.config import Audio
from lamp.messages import SAMPLE_RATE, Message, Utterance, Watermark
from lamp.recorder.block import BLOCK_SECONDS, Block
from lamp.recorder.level import clipped_share, level_db
from lamp.recorder.voice_gate import VoiceGate

TAIL = 0.2  # s kept after the end of speech: last consonants are quiet
WATERMARK_EVERY = 1.0  # s


class Endpointer:
    """Hears blocks, says utterances. It knows no clock: time is in the blocks.

    Args:
        audio: the times that make an utterance.
        gate: tells wanted sounds from others.
        name: names an utterance by its start (s), no two alike.
    """

    def __init__(self, audio: Audio, gate: VoiceGate, name: Callable[[float], str]) -> None:
        self._audio = audio
        self._gate = gate
        self._name = name
        self._pre_roll: deque[Block] = deque(maxlen=max(1, round(audio.pre_roll / BLOCK_SECONDS)))
        self._said: list[Block] = []  # empty: nobody is speaking
        self._spoilt = False  # sound is missing in it
        self.spoilt = 0  # utterances so far of which nothing was told
        self._id = ""
        self._wanted = 0.0  # s of wanted sound in this utterance
        self._ended = 0.0  # s, end of the last wanted block
        self._partial_at = 0.0  # s, when the next partial utterance is due
        self._marked = -float("inf")  # s, last watermark

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way."""
        return bool(self._said)

    def hear(self, block: Block) -> list[Message]:
        """What there is to say after one block of 512 samples: utterances, watermarks."""
        heard = self._gate.hear(block, self.speaking)
        if not self.speaking:
            if not heard.is_voice:
                self._pre_roll.append(block)
                return self.mark(block.ended)
            self._begin(block)
        self._said.append(block)
        if heard.is_voice:
            self._wanted += BLOCK_SECONDS
            self._ended = block.ended
        if block.ended - self._ended >= self._audio.endpoint_silence - 1e-9:
            return self._finish(block.ended)
        if block.ended - self._said[0].started >= self._audio.longest_utterance:
            if not self._spoilt:
                return self._finish(block.ended)
            self._said = [block]  # only a silence ends it
            return self.mark(block.ended)
        return self._partial(block.ended)

    def pass_time(self, until: float) -> list[Message]:
        """Silence up to ``until`` s, for which there is no sound at all."""
        if self.speaking and until - self._ended >= self._audio.endpoint_silence:
            return self._finish(self._ended + self._audio.endpoint_silence)
        return []

    def spoil(self) -> None:
        """Sound is missing in what is being said: it is not told, and neither is its rest.

        Half a sentence would be learnt as a whole one.
        """
        self.spoilt += self.speaking and not self._spoilt
        self._spoilt = self.speaking

    def forget(self) -> None:
        """Drop what is being said, unheard: muted, or time went back."""
        self._spoilt = False
        self._said.clear()
        self._pre_roll.clear()
        self._marked = -float("inf")

    def mark(self, until: float) -> list[Message]:
        """A watermark, if a second has passed since the last one; ``until`` in s."""
        if until - self._marked < WATERMARK_EVERY - 1e-9:
            return []
        self._marked = until
        return [Watermark(until)]

    def _begin(self, block: Block) -> None:
        self._said = [*self._pre_roll]
        self._pre_roll.clear()
        self._id = self._name(self._said[0].started if self._said else block.started)
        self._wanted = 0.0
        self._ended = block.ended
        self._partial_at = block.started + self._audio.partial_every

    def _finish(self, cut: float) -> list[Message]:
        said, self._said = self._said, []
        self._pre_roll.extend(block for block in said if block.started >= self._ended + TAIL)
        spoilt, self._spoilt = self._spoilt, False
        if spoilt or self._wanted < self._audio.shortest_utterance:
            return self.mark(cut)
        kept = [block for block in said if block.started < self._ended + TAIL]
        self._marked = cut
        return [self._utterance(kept, cut, final=True), Watermark(cut)]

    def _partial(self, now: float) -> list[Message]:
        every = self._audio.partial_every
        if not every or self._spoilt:
            return []
        if now < self._partial_at or self._wanted < self._audio.shortest_utterance:
            return []
        self._partial_at = now + every
        return [self._utterance(self._said, now, final=False)]

    def _utterance(self, blocks: list[Block], cut: float, final: bool) -> Utterance:
        samples = np.concatenate([block.samples for block in blocks])
        spoken = samples[: max(1, round((self._ended - blocks[0].started) * SAMPLE_RATE))]
        return Utterance(
            id=self._id,
            pcm=samples.astype("<i2").tobytes(),
            started=blocks[0].started,
            ended=self._ended,
            cut=cut,
            level_db=round(level_db(spoken), 1),
            clipped=round(clipped_share(samples), 4),
            final=final,
        )
