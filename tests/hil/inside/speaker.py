"""A loudspeaker in front of the microphone: the other end of the kernel's loopback card."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from lamp.messages import SAMPLE_RATE
from lamp.simulate.repertoire import load_clips
from lamp.simulate.room import Room, Saying

DRIVER = Path("/sys/bus/platform/drivers/snd_aloop")
CARD = "snd_aloop.0"
MICROPHONE, LOUDSPEAKER = "hw:0,0", "hw:0,1"
PIECE = 0.1  # s


class Speaker:
    """Plays a quiet room for the length of its ``with``, and over it what is said."""

    def __init__(self, seed: int = 0) -> None:
        self._room = Room(seed)
        self._clips = {clip.file: clip for clip in load_clips()}
        self._played = 0.0  # s
        self._over = False
        self._thread = threading.Thread(target=self._play)

    def say(self, file: str) -> None:
        """Say the clip; returns when it has been said."""
        saying = Saying(self._clips[file])
        begin = self._played + 2 * PIECE
        self._room.add(saying, begin)
        while self._played < begin + saying.seconds:
            time.sleep(PIECE)

    def _play(self) -> None:
        import sounddevice

        with sounddevice.RawOutputStream(
            SAMPLE_RATE, device=LOUDSPEAKER, channels=1, dtype="int16"
        ) as stream:
            while not self._over:
                stream.write(self._room.sound(self._played, self._played + PIECE))
                self._played += PIECE

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over = True
        self._thread.join()


def pull_out() -> threading.Thread:
    """Unplug the card. The kernel waits until everybody has let go of it: join the thread."""
    waiting = threading.Thread(target=lambda: (DRIVER / "unbind").write_text(CARD))
    waiting.start()
    return waiting


def put_back() -> None:
    """Plug the card in again."""
    (DRIVER / "bind").write_text(CARD)
