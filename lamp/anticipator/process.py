"""The anticipator's process: transcripts and flips in, directives out, the diary beside it."""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections import deque
from contextlib import suppress
from pathlib import Path

from lamp.anticipator.anticipator import Anticipator
from lamp.anticipator.requests import OwnersRequests
from lamp.clock import Clock
from lamp.config import Config
from lamp.diary import conversation, erasure
from lamp.diary.daily_copy import DailyCopy
from lamp.diary.reader import FlipEntry
from lamp.diary.schema import suspect
from lamp.diary.writer import Diary
from lamp.errors import DiaryDamaged, DiaryTooNew, LanguageModelUnusable, StateError
from lamp.language_model import LanguageModel
from lamp.mailbox import Delivery, Mailbox
from lamp.mailbox.acknowledgements import Acknowledgements
from lamp.messages import (
    Correction,
    EarlierFlip,
    Erase,
    Flip,
    LampChanged,
    Message,
    ModelReady,
    PartialTranscript,
    State,
    Stop,
    Transcript,
    Watermark,
)
from lamp.model_store import ModelStore, load_model
from lamp.runtime.boot import this_boot
from lamp.runtime.heartbeat import Heartbeat, read_one
from lamp.runtime.paths import diary_path, models_path, runtime_directory
from lamp.transcriber.calibration import calibration_of

PRUNE_EVERY = 1000  # exchanges
DISK_EVERY = 30.0  # s between two looks whether a disk that refused can be written
WAITED = 0.3  # s without mail after which all that waited for a start has come
MOST_WAITED = 2.0  # s that are taken for it
WRITTEN = (Transcript, Flip, Correction, EarlierFlip)  # what the diary has an entry for

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
        self._calibration = calibration_of(config)
        self._in_memory = False
        self._erase_if_noted()
        self._diary = self._open_diary()
        model, trained_to = self._stored_model()
        self._trained_to = trained_to
        self._heartbeat.beat(state="loading")
        self._anticipator = Anticipator(
            model,
            self._diary,
            config.deciding,
            clock,
            self._mailbox.send,
            state=state_of_the_lamp(config),
            calibration=self._calibration,
            trained_to=trained_to,
            meanwhile=self._heartbeat.beat,
        )
        self._behind = self._anticipator.catch_up()
        self._heard = 0
        self._copy = DailyCopy(diary_path(config))
        self._requests = OwnersRequests(
            config, self._anticipator, self._diary, self._copy, self._mailbox.send
        )
        self._acknowledgements = Acknowledgements(self._written)
        self._look_for_disk_at = time.monotonic() + DISK_EVERY

    def serve(self) -> None:
        """Until told to stop."""
        self._carry_out_requests()
        waited = deque(() if self._replaying else in_order(self._mailbox))
        while not self._mailbox.stopped:
            if self._behind:
                self._behind = self._anticipator.catch_up()
            pause = 0.0 if self._behind else 1.0
            delivery = waited.popleft() if waited else self._mailbox.get(timeout=pause)
            if delivery is not None:
                if isinstance(delivery.message, Stop):
                    delivery.ack()
                    break
                self._deal_with(delivery)
            elif not self._replaying:
                self._anticipator.advance(self._clock.now())
            self._acknowledgements.settle()
            self._look_for_disk()
            self._carry_out_requests()
            self._copy.look()
            self._beat()
        self._acknowledgements.settle()
        self._diary.close()

    def _deal_with(self, delivery: Delivery) -> None:
        """Deal with one delivery.

        Raises:
            StateError: everything shall be erased. The next life does that.
        """
        self.handle(delivery.message)
        if isinstance(delivery.message, WRITTEN):
            self._acknowledgements.put(delivery)
        else:
            delivery.ack()
        if isinstance(delivery.message, Erase) and erasure.note(self._config).exists():
            raise StateError("everything is to be forgotten, so this process starts anew")

    def _written(self) -> bool:
        """Whether the diary has everything, on a disk."""
        return self._diary.flush() and not self._in_memory

    def _look_for_disk(self) -> None:
        """While the diary is in memory only: whether there is a disk for it now.

        Raises:
            StateError: there is. The next life has it, and gets what this one acknowledged not.
        """
        if not self._in_memory or time.monotonic() < self._look_for_disk_at:
            return
        self._look_for_disk_at = time.monotonic() + DISK_EVERY
        with suppress(StateError):
            Diary.open(diary_path(self._config)).close()
            self._in_memory = False
        if not self._in_memory:
            raise StateError("the disk can be written again, so this process starts anew")

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
                with suppress(StateError):  # it waits, and the heartbeat says so
                    self._diary.write_flip(entry, [])
            case LampChanged():
                self._anticipator.lamp_changed(message.state)
            case Erase():
                self._order_erasure()
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

    def _carry_out_requests(self) -> None:
        if not self._in_memory:  # else the disk would not forget
            self._requests.look(self._clock.now())

    def _hear(self, transcript: Transcript) -> None:
        if transcript.id in self._requests.forgotten:
            return
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
        if self._heard % PRUNE_EVERY == 0:  # and so at a start, for no life may be that long
            with suppress(StateError):
                self._diary.forget_oldest(self._config.memory.most_exchanges)
        self._heard += 1

    def _order_erasure(self) -> None:
        try:
            erasure.order(self._config)
        except OSError as error:
            self._note(f"the diary cannot be erased: {error}")

    def _erase_if_noted(self) -> None:
        """Erase everything, where that was ordered."""
        noted = erasure.note(self._config)
        if not noted.exists():
            return
        try:
            erasure.erase_diary(self._config)
        except OSError as error:
            self._note(f"the diary cannot be erased: {error}")
            return
        self._mailbox.send("trainer", Erase(), lambda: noted.unlink(missing_ok=True))

    def _adopt(self, ready: ModelReady) -> None:
        if ready.trained_to < self._trained_to:
            return  # delivered again after a restart; a newer one is live
        if self._diary.waiting:  # and it would never be told what the diary does not have yet
            log.warning("a new model has to wait until the diary is written")
            return
        if erasure.note(self._config).exists():
            return  # of a diary that was erased since; once the note is gone, so is the model
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
        self._behind = self._anticipator.catch_up()
        self._trained_to = ready.trained_to

    def _open_diary(self) -> Diary:
        """The diary; where the disk refuses, one in memory, and the lamp says so."""
        path = diary_path(self._config)
        boot = "" if self._replaying else this_boot()
        try:
            return Diary.open(path, boot=boot, meanwhile=self._heartbeat.beat)
        except DiaryDamaged as error:
            self._note(str(error))
            diary = Diary.open(path, boot=boot)
            # The stored model knows what is lost: it stays.
            stored = ModelStore(models_path(self._config), self._config.training.keep_models)
            if (current := stored.current()) is not None:
                diary.go_on_after(current.trained_to)
            return diary
        except DiaryTooNew:
            raise
        except StateError as error:  # whatever the disk has: what can be read is enough to go on
            self._note(f"{error}. What is learned now is forgotten at the next start")
            self._in_memory = True
            return Diary.copy_in_memory(path, boot)

    def _stored_model(self) -> tuple[LanguageModel, int]:
        settings = conversation.settings(self._config.training.preset, self._calibration.learned)
        fresh = LanguageModel.fresh(conversation.TOKENS, settings)
        try:
            model = ModelStore(models_path(self._config), self._config.training.keep_models).load()
        except LanguageModelUnusable as error:
            self._note(f"{error}. The diary is read instead")
            return fresh, 0
        if model is None:
            return fresh, 0
        if model.trained_to > self._diary.position():
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
            labels_to_catch_up=self._behind,
            trained_to=self._trained_to,
            frozen=self._anticipator.frozen,
            lessons=self._anticipator.lessons,
            trouble=self._diary.trouble or " ".join(self._notes),
        )

    @property
    def _replaying(self) -> bool:
        return self._config.clock == "replay"


def state_of_the_lamp(config: Config) -> State:
    """What the operator last said of it: a predecessor of this process has been told, not this."""
    health = read_one(runtime_directory(config), "operator")
    lit = health is not None and health.alive and health.facts.get("lamp") == "lit"
    return "lit" if lit else "dark"


def in_order(mailbox: Mailbox) -> list[Delivery | None]:
    """What has waited while nobody was here, as it happened; None behind it if more is to come.

    Words and flips come from different processes. If an hour of words came first, all of it
    would be taken for words that nobody flipped the switch for.
    """
    deliveries: list[Delivery] = []
    until = time.monotonic() + MOST_WAITED
    while time.monotonic() < until:
        delivery = mailbox.get(timeout=WAITED)
        if delivery is None:  # as when nothing comes later on
            return [*sorted(deliveries, key=_when), None]
        deliveries.append(delivery)
        if isinstance(delivery.message, Stop):
            break
    return [*sorted(deliveries, key=_when)]


def _when(delivery: Delivery) -> float:
    if isinstance(delivery.message, Stop):
        return math.inf
    sent_at = delivery.message.sent_at
    return -math.inf if sent_at is None else sent_at


def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
    """Run the anticipator until told to stop."""
    try:
        AnticipatorLoop(config, mailbox, clock, heartbeat).serve()
    except DiaryDamaged:
        suspect(diary_path(config))  # the next start saves what can be read
        raise
