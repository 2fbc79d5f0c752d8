"""The anticipator: hears transcripts, decides, and learns what they meant from the switch.

A pure object: time, storage, the model and the way out are passed in, so that it is the
same in a process, in a test, and a thousand times faster than life in a bench.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lamp.anticipator import conversation, outcomes
from lamp.anticipator.decision import decide, threshold
from lamp.anticipator.diary import Diary, FlipEntry
from lamp.anticipator.exchange import Exchange, Label, Moment
from lamp.anticipator.experience import Experience
from lamp.clock import Clock
from lamp.config import Deciding
from lamp.errors import StateError
from lamp.language_model import Example
from lamp.messages import (
    Decided,
    Directive,
    Labelled,
    Message,
    NewLabels,
    State,
    Transcript,
)

LABELS_BY_SILENCE = 20  # that make a refit worth while; a flip always does
QUICK = 2.0  # s between two flips that mean: never mind
LONG_AGO = 3600.0  # s, for what happened before the lamp began to listen

log = logging.getLogger(__name__)


class Model(Protocol):
    """What the anticipator needs of a language model."""

    def predict(self, text: str, before: tuple[str, ...] = ()) -> NDArray[np.float64]:
        """Probabilities of none, lit, dark; shape [3]."""

    def observe(self, example: Example) -> None:
        """Add one example (or, with a negative weight, take it back) at once."""


@dataclass
class _FlipSeen:
    at: float  # s
    taught: list[Exchange] = field(default_factory=list)


class Anticipator:
    """Everything between a transcript and a directive, and between a flip and a label.

    Args:
        model: the live language model; labels are added to it at once.
        diary: where everything is written down.
        deciding: thresholds and windows.
        clock: ``now`` for staleness, ``wall`` for the night.
        send: takes (recipient, message); called before anything slow happens.
        state: of the lamp, until the operator says otherwise.
        timer: s, measures how long a decision takes.
    """

    def __init__(
        self,
        model: Model,
        diary: Diary,
        deciding: Deciding,
        clock: Clock,
        send: Callable[[str, Message], None],
        state: State = "dark",
        timer: Callable[[], float] = perf_counter,
    ) -> None:
        self.trouble = ""  # what keeps the diary from being written, if anything
        self._model = model
        self._diary = diary
        self._deciding = deciding
        self._clock = clock
        self._send = send
        self._state = state
        self._timer = timer
        self._pending = self._still_open(clock.now())
        self._silent_labels = 0
        self._experience = Experience(diary.labelled())
        self._heard_until = clock.now() - LONG_AGO
        self._changed_at = clock.now() - LONG_AGO
        self._last_flip = _FlipSeen(clock.now() - LONG_AGO)

    @property
    def pending(self) -> tuple[Exchange, ...]:
        """Exchanges that a flip may still label, oldest first."""
        return tuple(self._pending)

    def hear(self, transcript: Transcript) -> Exchange | None:
        """Answer an utterance; None if it was answered before."""
        self.advance(transcript.ended)
        if self._diary.exchange(transcript.id) is not None:
            return None
        exchange = self._answer(transcript)
        if exchange.action != "none":
            self._direct(exchange)
        self._send("house", self._decided(exchange))
        self._pending.append(exchange)
        self._write(lambda: self._diary.write_exchange(exchange, self._clock.wall()))
        return exchange

    def flipped(self, flip: str, state: State, at: float, directive: str = "") -> str | None:
        """Learn from a flip; the id of the exchange blamed, if any.

        Args:
            flip: its id; a second time changes nothing.
            state: what it moved the lamp to.
            at: seconds.
            directive: id of the directive it undid, if it did.
        """
        self.advance(at)
        self._state = state
        self._changed_at = at
        if self._diary.knows_flip(flip):
            return None
        if at - self._last_flip.at <= QUICK:
            labels = self._never_mind()
            blamed = ""
        else:
            labels = outcomes.of_flip(flip, state, at, self._pending, self._deciding.flip_window)
            blamed = labels[0][0].id if labels else ""
        self._last_flip = _FlipSeen(at, [exchange for exchange, _ in labels if blamed])
        entry = FlipEntry(flip, state, at, self._clock.wall().isoformat(), directive, blamed)
        for exchange, label in labels:
            if label.weight:
                self._learn(exchange, label, at)
        rows = [(exchange.id, label) for exchange, label in labels]
        self._write(lambda: self._diary.write_flip(entry, rows))
        if labels:
            self._ask_for_refit(at)
        return blamed or None

    def lamp_changed(self, state: State) -> None:
        """The operator says what state the lamp is in."""
        self._state = state

    def advance(self, until: float) -> None:
        """Time has passed: exchanges no flip can belong to any more are labelled by silence."""
        window = self._deciding.flip_window
        settled = [one for one in self._pending if until - one.ended > window]
        if not settled:
            return
        self._pending = [one for one in self._pending if until - one.ended <= window]
        later = [*settled, *self._pending]
        labels = [(one, outcomes.of_silence(one, later)) for one in settled]
        rows = []
        for exchange, label in labels:
            if label is not None:
                self._learn(exchange, label, until)
                rows.append((exchange.id, label))
        if not rows:
            return
        self._write(lambda: self._diary.write_labels(rows))
        self._silent_labels += len(rows)
        if self._silent_labels >= LABELS_BY_SILENCE:
            self._ask_for_refit(until)

    def adopt(self, model: Model, trained_to: int) -> None:
        """Swap in a newer model and tell it the labels that came after ``trained_to``."""
        catch_up(model, self._diary, trained_to)
        self._model = model

    def _answer(self, transcript: Transcript) -> Exchange:
        began = self._timer()
        predicted = self._model.predict(transcript.text, conversation.before(self._state))
        none, lit, dark = (float(value) for value in predicted)
        moment = self._moment(transcript)
        again = outcomes.repeats(transcript.text, transcript.ended, self._pending)
        beliefs = self._experience.beliefs((none, lit, dark), self._state, moment, again)
        age = max(0.0, self._clock.now() - transcript.ended)
        needed = threshold(self._deciding, self._clock.wall())
        decision = decide(transcript.text, beliefs, self._state, age, needed, self._deciding)
        return Exchange(
            id=transcript.id,
            text=transcript.text,
            confidence=transcript.confidence,
            started=transcript.started,
            ended=transcript.ended,
            state_before=self._state,
            probabilities=beliefs,
            words=(none, lit, dark),
            action=decision.action,
            reason=decision.reason,
            stages=transcript.stages
            | {
                "mail": max(0.0, self._clock.now() - transcript.heard),
                "decide": self._timer() - began,
            },
            level_db=transcript.level_db,
            moment=moment,
        )

    def _moment(self, transcript: Transcript) -> Moment:
        """The circumstances of an utterance; the next one's pause is counted from its end."""
        pause = transcript.started - self._heard_until
        self._heard_until = transcript.ended
        return Moment(
            pause=max(0.0, pause),
            since_change=max(0.0, transcript.started - self._changed_at),
            letters=len(transcript.text),
            level_db=transcript.level_db,
        )

    def _direct(self, exchange: Exchange) -> None:
        assert exchange.action != "none"
        now = self._clock.now()
        expires = exchange.ended + self._deciding.oldest_action
        self._send(
            "operator",
            Directive(
                # The same utterance always gives the same id, so that an answer repeated
                # after a crash is recognised.
                id=f"directive-{exchange.id}",
                state=exchange.action,
                exchange=exchange.id,
                cause=exchange.reason,
                issued=now,
                expires=expires,
            ),
        )
        self._state = exchange.action
        self._changed_at = exchange.ended

    def _decided(self, exchange: Exchange) -> Decided:
        return Decided(
            exchange=exchange.id,
            text=exchange.text,
            probabilities=exchange.probabilities,
            action=exchange.action,
            reason=exchange.reason,
            at=exchange.ended,
            stages=exchange.stages,
        )

    def _learn(self, exchange: Exchange, label: Label, at: float) -> None:
        exchange.label = label
        self._experience.learn(exchange, label)
        self._pending = [one for one in self._pending if one is not exchange]
        self._model.observe(conversation.example(exchange.text, exchange.state_before, label))
        self._send(
            "house",
            Labelled(exchange.id, exchange.text, label.action, label.source, at, label.flip),
        )

    def _never_mind(self) -> list[tuple[Exchange, Label]]:
        """The switch was moved there and back: what the first flip taught is taken back."""
        withdrawn = []
        for exchange in self._last_flip.taught:
            label = exchange.label
            assert label is not None
            taught = conversation.example(exchange.text, exchange.state_before, label)
            self._model.observe(taught._replace(weight=-taught.weight))
            self._experience.unlearn(exchange, label)
            exchange.label = Label("none", 0.0, "withdrawn", label.flip)
            withdrawn.append((exchange, exchange.label))
        return withdrawn

    def _ask_for_refit(self, at: float) -> None:
        self._silent_labels = 0
        self._send("trainer", NewLabels(self._diary.position(), at))

    def _still_open(self, now: float) -> list[Exchange]:
        """After a restart: what was waiting for a label. A clock that began anew has none."""
        recent = self._diary.unlabelled(since=now - self._deciding.flip_window)
        return [exchange for exchange in recent if exchange.ended <= now]

    def _write(self, write: Callable[[], object]) -> None:
        """Write to the diary; a disk that refuses must not stop the lamp."""
        try:
            write()
        except StateError as error:
            if str(error) != self.trouble:
                log.warning("%s", error)
            self.trouble = str(error)
        else:
            self.trouble = ""


def catch_up(model: Model, diary: Diary, trained_to: int) -> None:
    """Tell ``model`` the labels the diary got after position ``trained_to``."""
    for entry in diary.labels_after(trained_to):
        if entry.replaced is not None:
            taken_back = conversation.example(entry.text, entry.state_before, entry.replaced)
            model.observe(taken_back._replace(weight=-taken_back.weight))
        if entry.label.weight:
            model.observe(conversation.example(entry.text, entry.state_before, entry.label))
