"""The transcriber's process: utterances in, transcripts out, watermarks handed on in order."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from time import perf_counter

from lamp.clock import Clock, ReplayClock
from lamp.config import Config
from lamp.mailbox import Mailbox
from lamp.messages import (
    BYTES_A_SAMPLE,
    SAMPLE_RATE,
    Message,
    PartialTranscript,
    Transcript,
    Utterance,
    Watermark,
)
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.paths import runtime_directory
from lamp.transcriber.backlog import Backlog, Waiting
from lamp.transcriber.engine import Engine, Follower, make_engine
from lamp.transcriber.transcriber import as_float
from lamp.transcriber.unread import UnreadTranscripts, open_unread

READER = "anticipator"
PARTIAL_SHARE = 0.25  # of the time, at most, goes into partial transcripts
TO_ACT = 0.2  # s from a transcript to the relay, kept free of what there is to act
OVERLOADED_FOR = 60.0  # s after the last utterance that went unheard, or was heard too late
NEWEST = 0.3  # share of the last utterance in how long hearing is expected to take

log = logging.getLogger(__name__)


class TranscriberLoop:
    """The thin loop around an :class:`Engine`: mail, lateness and heartbeat.

    Args:
        config: see lamp.yaml.
        mailbox: the way in and out.
        clock: tells how old an utterance is.
        heartbeat: tells how it goes.
        engine: writes down what it hears.
        timer: s, measures the stages.
        unread: keeps transcripts until the anticipator has dealt with them; None: those that it
            has not are lost with this process.
    """

    def __init__(
        self,
        config: Config,
        mailbox: Mailbox,
        clock: Clock,
        heartbeat: Heartbeat,
        engine: Engine,
        *,
        timer: Callable[[], float] = perf_counter,
        unread: UnreadTranscripts | None = None,
    ) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._heartbeat = heartbeat
        self._engine = engine
        self._timer = timer
        self._unread = unread
        self._model_name = config.hearing.model
        # A replay's time stands still while we compute: there nothing comes too late.
        self._replaying = isinstance(clock, ReplayClock)
        self._in_time = math.inf if self._replaying else config.deciding.oldest_action - TO_ACT
        oldest = math.inf if self._replaying else config.hearing.oldest
        self._backlog = Backlog(oldest, self._in_time, self._takes)
        self._pace = 0.0  # s of computing for 1 s of sound, of late
        self._overloaded_until = -math.inf
        self._partial: tuple[str, Follower] | None = None  # of the utterance under way
        self._partial_again = -math.inf  # s, no partial transcript of sound before
        # A file is read ahead of us only so far: the recorder wants to know where we are.
        self._paced = config.audio.pacing == "as-fast-as-consumed"
        self._transcripts = 0
        self._dropped = 0
        self._empty = 0
        self._took = 0.0  # s of computing in all
        self._heard = 0.0  # s of sound in all

    def serve(self) -> None:
        """Until told to stop."""
        self.beat()
        for transcript in self._unread.left if self._unread is not None else ():
            self._tell(transcript)
        while not self._mailbox.stopped:
            self.collect(timeout=1.0)
            for waiting in self._backlog.take(self._clock.now):
                self._deal_with(waiting)
                self.collect(timeout=0.0)
                self.beat()  # with too much speech this never ends
            self.beat()

    def collect(self, timeout: float) -> None:
        """Put the delivery that comes within ``timeout`` s, and all behind it, on the backlog."""
        delivery = self._mailbox.get(timeout=timeout)
        while delivery is not None:
            self._sort(delivery.message)
            delivery.ack()
            delivery = self._mailbox.get(timeout=0.0)

    def beat(self) -> None:
        """Tell how it goes."""
        now = self._clock.now()
        if self._backlog.dropped > self._dropped:
            self._dropped = self._backlog.dropped
            self._overloaded_until = now + OVERLOADED_FOR
        self._heartbeat.beat(
            state="overloaded" if now < self._overloaded_until else "listening",
            model=self._model_name,
            transcripts=self._transcripts,
            empty=self._empty,
            dropped=self._backlog.dropped,
            waiting=len(self._backlog),
            load=round(self._took / self._heard, 4) if self._heard else 0.0,
        )

    def _sort(self, message: Message) -> None:
        match message:
            case Utterance() | Watermark():
                self._backlog.put(message, self._timer())
            case _:
                log.warning("a %s is not for the transcriber", type(message).__name__)

    def _deal_with(self, waiting: Waiting) -> None:
        match waiting.message:
            case Watermark() as mark:
                self._mailbox.send(READER, mark)
                if self._paced:
                    self._mailbox.send("recorder", mark)
            case Utterance(final=True) as utterance:
                self._write_down(utterance, self._timer() - waiting.arrived)
            case Utterance() as utterance:
                self._write_so_far(utterance)

    def _write_down(self, utterance: Utterance, waited: float) -> None:
        self._partial = None
        samples = as_float(utterance.pcm)
        transcription = self._engine.transcribe(samples)
        stages = {"endpoint": utterance.cut - utterance.ended, "wait": waited}
        stages |= transcription.stages
        self._transcripts += 1
        self._empty += not transcription.soft
        self._heard += len(samples) / SAMPLE_RATE
        took = sum(transcription.stages.values())
        self._took += took
        pace = took / max(len(samples) / SAMPLE_RATE, 0.1)
        self._pace += (NEWEST if self._transcripts > 1 else 1.0) * (pace - self._pace)
        if self._clock.now() - utterance.ended > self._in_time:
            self._overloaded_until = self._clock.now() + OVERLOADED_FOR
        # Never the words: a log is kept where the diary's owner does not look.
        log.info("heard %s: %d letters", utterance.id, len(transcription.text))
        self._tell(
            Transcript(
                id=utterance.id,
                text=transcription.text,
                confidence=transcription.confidence,
                started=utterance.started,
                ended=utterance.ended,
                heard=utterance.cut if self._replaying else self._clock.now(),
                soft=transcription.soft.encode(),
                stages=stages,
                level_db=utterance.level_db,
            ),
        )

    def _takes(self, utterance: Utterance) -> float:
        """How long it is going to take to hear it, s."""
        return self._pace * len(utterance.pcm) / BYTES_A_SAMPLE / SAMPLE_RATE

    def _tell(self, transcript: Transcript) -> None:
        if self._unread is None:
            self._mailbox.send(READER, transcript)
        else:
            self._mailbox.send(READER, transcript, self._unread.note(transcript))

    def _write_so_far(self, utterance: Utterance) -> None:
        if utterance.cut < self._partial_again:
            return
        if self._partial is None or self._partial[0] != utterance.id:
            self._partial = utterance.id, self._engine.follow()
        began = self._timer()
        text = self._partial[1].hear(as_float(utterance.pcm))
        took = self._timer() - began
        self._took += took
        if not self._replaying:  # a slow model must be free when the sentence is over
            self._partial_again = utterance.cut + took * (1 / PARTIAL_SHARE - 1)
        self._mailbox.send(READER, PartialTranscript(utterance.id, text, utterance.cut))


def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
    """Run the transcriber until told to stop.

    Raises:
        AcousticModelError: the model cannot be used.
    """
    heartbeat.beat(state="loading", model=config.hearing.model)
    engine = make_engine(config)
    log.info("hearing with %s", config.hearing.model)
    unread = open_unread(runtime_directory(config)) if config.clock == "live" else None
    TranscriberLoop(config, mailbox, clock, heartbeat, engine, unread=unread).serve()
