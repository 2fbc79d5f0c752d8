"""The anticipator's process: transcripts and flips in, directives out, the diary beside it."""

from __future__ import annotations

import hashlib
import logging
import time
from pathlib import Path

from lamp.anticipator.anticipator import Anticipator
from lamp.anticipator.lessons import catch_up
from lamp.clock import Clock
from lamp.config import Config
from lamp.diary import conversation
from lamp.diary.reader import FlipEntry
from lamp.diary.writer import Diary
from lamp.errors import DiaryDamaged, LanguageModelUnusable, StateFull, StateReadOnly
from lamp.language_model import LanguageModel
from lamp.mailbox import Mailbox
from lamp.messages import (
    Correction,
    EarlierFlip,
    Flip,
    LampChanged,
    Message,
    ModelReady,
    PartialTranscript,
    Stop,
    Transcript,
    Watermark,
)
from lamp.model_store import ModelStore, load_model
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.paths import diary_path, models_path

PRUNE_EVERY = 1000  # exchanges

log = logging.getLogger(__name__)


class AnticipatorLoop:
    """The thin loop around :class:`Anticipator`.

    Args:
        config: windows, boldness and places.
        mailbox: the way in and out.
        clock: live, or moved on by the messages' own times.
        heartbeat: tells how it goes.
    """

    def __init__(
        self, config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat
    ) -> None:
        self._config = config
        self._mailbox = mailbox
        self._clock = clock
        self._heartbeat = heartbeat
        self._notes: list[str] = []
        self._diary = self._open_diary()
        model, trained_to = self._stored_model()
        self._trained_to = trained_to
        catch_up(model, self._diary, trained_to)
        self._anticipator = Anticipator(
            model, self._diary, config.deciding, clock, self._mailbox.send
        )
        self._heard = 0

    def serve(self) -> None:
        """Until told to stop."""
        while not self._mailbox.stopped:
            delivery = self._mailbox.get(timeout=1.0)
            if delivery is not None:
                if isinstance(delivery.message, Stop):
                    delivery.ack()
                    break
                self.handle(delivery.message)
                delivery.ack()
            elif not self._replaying:
                self._anticipator.advance(self._clock.now())
            self._beat()
        self._diary.close()

    def handle(self, message: Message) -> None:
        """Deal with one message."""
        match message:
            case Transcript():
                self._hear(message)
            case Flip():
                self._anticipator.flipped(message.id, message.state, message.at)
            case Correction():
                self._anticipator.flipped(message.id, message.state, message.at, message.directive)
            case EarlierFlip(name, state, at, directive, wall):
                entry = FlipEntry(name, state, at, wall, directive, exchange="")
                self._diary.write_flip(entry, [])
            case LampChanged():
                self._anticipator.lamp_changed(message.state)
            case ModelReady():
                self._adopt(message)
            case Watermark():
                self._anticipator.advance(message.until)
                self._mailbox.send("operator", message)
                self._mailbox.send("trainer", message)
            case PartialTranscript():
                self._heartbeat.beat(letters_so_far=len(message.text))
            case _:
                log.warning("nobody told me what to do with a %s", type(message).__name__)

    def _hear(self, transcript: Transcript) -> None:
        began = time.monotonic()
        exchange = self._anticipator.hear(transcript)
        if exchange is None:
            return
        log.info(
            "%s -> %s (%s), %.1f ms",
            exchange.id,  # and not its words, which live in the diary only
            exchange.action,
            exchange.reason,
            1000 * (time.monotonic() - began),
        )
        self._heard += 1
        if self._heard % PRUNE_EVERY == 0:
            self._diary.forget_oldest(self._config.memory.most_exchanges)

    def _adopt(self, ready: ModelReady) -> None:
        if ready.trained_to < self._trained_to:
            return  # delivered again after a restart; a newer one is live
        try:
            path = Path(ready.path)
            if hashlib.sha256(path.read_bytes()).hexdigest() != ready.sha256:
                log.warning("%s is not the file the trainer wrote. The old model stays", path)
                return
            model = load_model(path)
        except (OSError, LanguageModelUnusable) as error:
            log.warning("cannot use the new model: %s. The old one stays", error)
            return
        self._anticipator.adopt(model, ready.trained_to)
        self._trained_to = ready.trained_to

    def _open_diary(self) -> Diary:
        """The diary; where the disk refuses, one in memory, and the lamp says so."""
        path = diary_path(self._config)
        try:
            return Diary.open(path)
        except DiaryDamaged as error:
            self._note(str(error))
            return Diary.open(path)
        except (StateReadOnly, StateFull) as error:
            self._note(f"{error}. What is learned now is forgotten at the next start")
            return Diary.copy_in_memory(path)

    def _stored_model(self) -> tuple[LanguageModel, int]:
        settings = conversation.settings(self._config.training.preset)
        fresh = LanguageModel.fresh(conversation.TOKENS, settings)
        try:
            model = ModelStore(models_path(self._config), self._config.training.keep_models).load()
        except LanguageModelUnusable as error:
            self._note(f"{error}. The diary is read instead")
            return fresh, 0
        if model is None:
            return fresh, 0
        if model.actions != conversation.TOKENS or model.trained_to > self._diary.position():
            self._note("the stored model belongs to another diary. This diary is read instead")
            return fresh, 0
        return model, model.trained_to

    def _note(self, text: str) -> None:
        log.warning("%s", text)
        self._notes.append(text)

    def _beat(self) -> None:
        self._heartbeat.beat(
            state="listening",
            heard=self._heard,
            pending=len(self._anticipator.pending),
            trained_to=self._trained_to,
            trouble=self._anticipator.trouble or " ".join(self._notes),
        )

    @property
    def _replaying(self) -> bool:
        return self._config.clock == "replay"


def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
    """Run the anticipator until told to stop."""
    AnticipatorLoop(config, mailbox, clock, heartbeat).serve()
