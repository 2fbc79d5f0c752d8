"""The recorder's process: a source of sound in, utterances and watermarks out."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from lamp.clock import Clock, ReplayClock
from lamp.config import Config
from lamp.mailbox import Mailbox
from lamp.messages import Message, Muted, Sound, Watermark
from lamp.recorder.block import Block
from lamp.recorder.microphone import Microphone, load_sounddevice
from lamp.recorder.recorder import Recorder
from lamp.recorder.recordings import Recordings, in_real_time, recordings_in
from lamp.recorder.voice import SileroVoice
from lamp.recorder.watchdog import Watchdog
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.paths import MUTED, runtime_directory

LISTENER = "transcriber"
AHEAD = 10.0  # s of sound read ahead of the transcriber, as fast as consumed
PATIENCE = 20.0  # s to wait for a transcriber that is being restarted

log = logging.getLogger(__name__)


class RecorderLoop:
    """The thin loop around :class:`Recorder`: sound, mail and heartbeat.

    Args:
        muted: a file that is there while it is muted, so that its successor begins so.
    """

    def __init__(
        self,
        config: Config,
        mailbox: Mailbox,
        clock: Clock,
        heartbeat: Heartbeat,
        recorder: Recorder,
        muted: Path | None = None,
    ) -> None:
        self._config = config
        self._mailbox = mailbox
        self._clock = clock
        self._heartbeat = heartbeat
        self._recorder = recorder
        self._muted = muted
        if muted is not None and muted.exists():
            log.info("still muted")
            recorder.mute(True)
        self._consumed: float | None = None  # s, how far the transcriber has come

    def play(self, blocks: Iterator[Block]) -> None:
        """Hear ``blocks`` until they end or a Stop comes; mail is read in between."""
        for block in blocks:
            self._tell(self._recorder.hear(block))
            self._tell_time(block.ended)
            self._read_mail(0.0)
            self._heartbeat.beat(**self._recorder.facts())
            if self._mailbox.stopped:
                return

    def keep_pace(self, blocks: Iterator[Block]) -> Iterator[Block]:
        """``blocks``, not more than 10 s ahead of what the transcriber has done with."""
        for block in blocks:
            if self._consumed is None:
                self._consumed = block.started
            waiting_since = time.monotonic()
            while block.ended - self._consumed > AHEAD and not self._mailbox.stopped:
                self._read_mail(0.1)
                self._heartbeat.beat(**self._recorder.facts())
                if time.monotonic() - waiting_since > PATIENCE:
                    log.warning("the transcriber does not answer: going on without it")
                    self._consumed = block.ended
            yield block

    def from_house(self) -> None:
        """Hear what the simulated house sends, until told to stop."""
        while not self._mailbox.stopped:
            self._read_mail(1.0)
            self._heartbeat.beat(**self._recorder.facts())

    @property
    def stopped(self) -> bool:
        """Whether this process has been asked to end."""
        return self._mailbox.stopped

    def _read_mail(self, timeout: float) -> None:
        """One delivery that comes within ``timeout`` s, and all that wait behind it."""
        delivery = self._mailbox.get(timeout=timeout)
        while delivery is not None:
            self._act(delivery.message)
            delivery.ack()
            delivery = self._mailbox.get(timeout=0.0)

    def _act(self, message: Message) -> None:
        match message:
            case Sound(pcm=pcm, started=started):
                self._tell(self._recorder.hear(Block(np.frombuffer(pcm, "<i2"), started)))
            case Watermark(until=until) if self._config.audio.source == "house":
                self._tell(self._recorder.pass_time(until))
                self._mailbox.send(LISTENER, message)
            case Watermark(until=until):
                self._consumed = until if self._consumed is None else max(self._consumed, until)
            case Muted(muted=muted):
                self._mute(muted)
            case _:
                log.warning("a %s is not for the recorder", type(message).__name__)

    def _mute(self, muted: bool) -> None:
        self._recorder.mute(muted)
        log.info("muted" if muted else "listening again")
        if self._muted is None:
            return
        try:
            if muted:
                self._muted.touch()
            else:
                self._muted.unlink(missing_ok=True)
        except OSError as error:
            log.warning(
                "cannot note in %s that the lamp is muted: %s. If the recorder is started "
                "again it listens",
                self._muted,
                error.strerror,
            )

    def _tell(self, messages: list[Message]) -> None:
        for message in messages:
            self._mailbox.send(LISTENER, message)

    def _tell_time(self, now: float) -> None:
        if isinstance(self._clock, ReplayClock):
            self._clock.advance(now)


def utterance_names(config: Config) -> Callable[[float], str]:
    """Names utterances by their start (s): no two alike, also after a restart or a reboot.

    A replay of the same seed gives the same names.
    """
    life = secrets.token_hex(4) if config.clock == "live" else f"seed{config.seed}"
    return lambda started: f"{life}-{round(started * 1000)}"


def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
    """Run the recorder until told to stop, or until the microphone goes.

    Raises:
        AudioError: no sound can be had; started again, the recorder tries again.
    """
    recorder = Recorder(config.audio, SileroVoice(), utterance_names(config))
    muted = runtime_directory(config) / MUTED if config.clock == "live" else None
    loop = RecorderLoop(config, mailbox, clock, heartbeat, recorder, muted)
    heartbeat.beat(**recorder.facts())
    if config.audio.source == "house":
        loop.from_house()
    elif config.audio.source == "microphone":
        microphone = Microphone(config.audio.device, clock, load_sounddevice())
        with closing(microphone), Watchdog(microphone.device) as watchdog:
            loop.play(watchdog.watched(microphone.blocks()))
    else:
        _play_recordings(config, clock, loop)


def _play_recordings(config: Config, clock: Clock, loop: RecorderLoop) -> None:
    recordings = Recordings(recordings_in(Path(config.audio.source).expanduser()), clock.now())
    blocks = recordings.blocks()
    if config.audio.pacing == "real-time":
        loop.play(in_real_time(blocks, clock, time.sleep))
    else:
        loop.play(loop.keep_pace(blocks))
    if not loop.stopped:
        log.info("all recordings have been played")
        loop.play(in_real_time(recordings.silence(), clock, time.sleep))
