"""The trainer's process: new labels in, promoted models out.

It may be killed at any moment: a model file is whole or not there, and a restart begins by
looking for labels that no model knows yet.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial

from lamp.clock import Clock
from lamp.config import Config
from lamp.diary import conversation, erasure
from lamp.diary.writer import Diary
from lamp.errors import LanguageModelUnusable, StateError
from lamp.language_model import Budget, StepBudget, TimeBudget
from lamp.mailbox import Mailbox
from lamp.messages import Erase, Forgotten, ModelReady, NewLabels, Refitted, Stop, Watermark
from lamp.model_store import ModelStore
from lamp.runtime.heartbeat import Heartbeat
from lamp.runtime.paths import diary_path, models_path
from lamp.runtime.processes import HealthState
from lamp.trainer.selection import select
from lamp.trainer.trainer import Refit, Trainer
from lamp.transcriber.calibration import calibration_of

REPLAY_STEPS = 30  # of a refit, where wall-clock seconds would make a replay differ
FLUSH = 5.0  # s to wait until the anticipator has the model

log = logging.getLogger(__name__)


class TrainerLoop:
    """The thin loop around :class:`Trainer`: diary, model files and mail.

    Args:
        config: budget, patience, preset and places.
        mailbox: the way in and out.
        clock: measures how long a refit took.
        heartbeat: tells how it goes.
    """

    def __init__(
        self, config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat
    ) -> None:
        self._config = config
        self._mailbox = mailbox
        self._clock = clock
        self._heartbeat = heartbeat
        settings = conversation.settings(config.training.preset, calibration_of(config).learned)
        self._trainer = Trainer(settings, partial(_budget, config, heartbeat.beat), config.seed)
        self._store = ModelStore(models_path(config), config.training.keep_models)
        self._refits = 0
        self._trouble = ""

    def catch_up(self) -> None:
        """After a start: refit if the diary knows more than the current model does.

        In place of a model that cannot be read, because it is damaged or of another version, any
        model will do.
        """
        try:
            current = self._store.load()
        except LanguageModelUnusable as error:
            log.info("%s. The diary knows them", error)
            self.refit(promote=True)
        else:
            self._refit_if_newer_than(current.trained_to if current else 0)

    def serve(self) -> None:
        """Until told to stop.

        Raises:
            StateError: everything was to be forgotten, also by this process.
        """
        self.catch_up()
        labels: NewLabels | None = None
        while not self._mailbox.stopped:
            waiting = self._config.training.patience if labels else 1.0
            delivery = self._mailbox.get(timeout=waiting)
            self._beat("learning" if labels else "waiting")
            if delivery is None:
                if labels is not None:
                    labels = None
                    self.refit()
                continue
            message = delivery.message
            if isinstance(message, NewLabels):
                labels = message
                if self._replaying:
                    labels = None
                    self.refit()
            elif isinstance(message, Watermark):
                self._mailbox.send("observer", message)
            elif isinstance(message, Erase):
                self._forget()
                delivery.ack()
                raise StateError("everything is forgotten, so this process starts anew")
            elif isinstance(message, Forgotten):
                labels = None
                self._forget()
                self.refit(promote=True)
            elif isinstance(message, Stop):
                delivery.ack()
                return
            delivery.ack()

    def _forget(self) -> None:
        try:
            erasure.erase_models(self._config)
        except OSError as error:
            log.warning("the models cannot be erased: %s", error)

    def refit(self, promote: bool = False) -> None:
        """One refit of all the diary's labels; a better model goes to the anticipator.

        Args:
            promote: whether it goes there whatever the held-out check says.
        """
        began = time.monotonic()
        try:
            diary = Diary.open(diary_path(self._config), read_only=True)
        except StateError as error:
            log.info("%s", error)
            return
        with closing(diary), diary.snapshot():
            position = diary.position()
            read = select(diary, self._heartbeat.beat)
            refit = self._trainer.refit(read.exchanges, read.examples, read.older)
        refit.model.trained_to = position
        self._refits += 1
        promoted = (promote or refit.verdict.promoted) and self._promote(refit, began)
        self._report(refit, promoted, read.total, time.monotonic() - began)

    def _promote(self, refit: Refit, began: float) -> bool:
        """Store it and tell the anticipator; whether the disk took it."""
        try:
            stored = self._store.put(refit.model)
        except OSError as error:
            self._trouble = f"cannot store the new model: {error.strerror}. Make room on the disk"
            log.warning("%s", self._trouble)
            return False
        self._trouble = ""
        self._mailbox.send(
            "anticipator",
            ModelReady(
                path=str(self._store.path(stored)),
                sha256=stored.sha256,
                trained_to=stored.trained_to,
                took=time.monotonic() - began,
                scores=_scores(refit),
            ),
        )
        if self._replaying:
            self._mailbox.flush(FLUSH)
        return True

    def _report(self, refit: Refit, promoted: bool, labels: int, took: float) -> None:
        log.info("refit %d labels in %.2f s: %s", labels, took, "promoted" if promoted else "kept")
        report = Refitted(promoted, labels, took, self._clock.now(), _scores(refit))
        self._mailbox.send("observer", report)
        self._beat("waiting")

    def _refit_if_newer_than(self, trained_to: int) -> None:
        try:
            diary = Diary.open(diary_path(self._config), read_only=True)
        except StateError:
            return  # no diary yet: nothing to learn from
        try:
            behind = diary.position() > trained_to
        finally:
            diary.close()
        if behind:
            self.refit()

    def _beat(self, state: HealthState) -> None:
        self._heartbeat.beat(state=state, refits=self._refits, trouble=self._trouble)

    @property
    def _replaying(self) -> bool:
        return self._config.clock == "replay"


def serve(config: Config, mailbox: Mailbox, clock: Clock, heartbeat: Heartbeat) -> None:
    """Run the trainer until told to stop."""
    TrainerLoop(config, mailbox, clock, heartbeat).serve()


class _Beating:
    """A budget that gives a sign of life whenever it is asked."""

    def __init__(self, budget: Budget, beat: Callable[[], None]) -> None:
        self._budget = budget
        self._beat = beat

    def fraction(self) -> float:
        """See :class:`Budget`."""
        self._beat()
        return self._budget.fraction()


def _budget(config: Config, beat: Callable[[], None]) -> Budget:
    if config.clock == "replay":
        return StepBudget(REPLAY_STEPS)
    # Two fits a refit: one for the held-out check, one for the model.
    return _Beating(TimeBudget(config.training.budget / 2, time.monotonic), beat)


def _scores(refit: Refit) -> dict[str, float]:
    verdict = refit.verdict
    if verdict.held_out == 0:
        return {}
    return {"old": verdict.old, "new": verdict.new, "held out": float(verdict.held_out)}
