"""What exchanges turn out to have meant: labels from a flip, and labels from silence."""

from __future__ import annotations

from collections.abc import Sequence

from lamp.anticipator.attribution import Manner, causes, same_words, soon_again
from lamp.diary.exchange import Exchange, Label
from lamp.messages import Action, State

KEPT_WEIGHT = 0.3  # an action nobody undid may have been wanted, or not been noticed
UNDONE_WITHIN = 12.0  # s: nobody asks for two changes so soon after each other
SURPRISE = 0.1  # a wrong action shows the beliefs behind it were off by at least so much
DOUBTFUL = 0.5  # of P(the state the lamp was in): no flip then says nothing


def of_flip(
    flip: str,
    state: State,
    at: float,
    pending: Sequence[Exchange],
    window: float,
    manner: Manner,
) -> list[tuple[Exchange, Label]]:
    """Labels that a flip gives; the exchange that caused it first, none if nothing did.

    Args:
        flip: its id.
        state: what it moved the lamp to.
        at: seconds.
        pending: exchanges without a label.
        window: seconds in which a flip may be the label of an utterance.
        manner: what the way an utterance was said tells, whatever its words.
    """
    suspects = causes(pending, at, state, window, manner)
    if not suspects or suspects[0].probability < 1 - sum(one.probability for one in suspects):
        return []
    cause = suspects[0].exchange
    if cause.acted:
        # It may have asked for the state the lamp was in: then it was a command all the same.
        asked_for_it = cause.probability(state) > cause.probability("none") + SURPRISE
        meant: Action = state if asked_for_it else "none"
        return [(cause, Label(meant, 1.0, "correction", flip))]
    repeats = [
        (other.exchange, Label(state, 1.0, "repeat", flip))
        for other in suspects[1:]
        if not other.exchange.acted and same_words(other.exchange.text, cause.text)
    ]
    return [(cause, Label(state, 1.0, "flip", flip)), *repeats]


def settled(pending: Sequence[Exchange], until: float, window: float) -> list[Exchange]:
    """Those that no flip will label any more; what was said twice is settled together."""
    still_open = [one for one in pending if until - one.ended <= window]
    return [
        one
        for one in pending
        if until - one.ended > window
        and not any(soon_again(one, other.text, other.ended) for other in still_open)
    ]


def of_silence(exchange: Exchange, others: Sequence[Exchange] = ()) -> Label | None:
    """The label of an exchange that no flip followed, if that says anything.

    An action nobody undid was wanted; one the lamp itself undid at once says nothing. Where
    the lamp stayed still, nothing was wanted, unless the utterance asked for the state the
    lamp was in anyway, or was said twice: then somebody wanted something, and either got it
    the second time or gave up. What comes more often is a dripping tap, or a refrain.

    Args:
        others: exchanges around it.
    """
    if exchange.action != "none":
        if any(_undoes(one, exchange) for one in others):
            return None
        return Label(exchange.action, KEPT_WEIGHT, "kept")
    again = [one for one in others if soon_again(exchange, one.text, one.ended)]
    for one in again:
        if one.action != "none":
            return Label(one.action, KEPT_WEIGHT, "repeat")
    before = [one for one in others if soon_again(one, exchange.text, exchange.ended)]
    if len(again) + len(before) == 1:
        return None
    if exchange.probability(exchange.state_before) > DOUBTFUL:
        return None
    return Label("none", 1.0, "silence")


def repeats(text: str, ended: float, pending: Sequence[Exchange]) -> bool:
    """Whether ``text`` says again what the lamp did not act on a moment ago."""
    return any(not one.acted and soon_again(one, text, ended) for one in pending)


def _undoes(one: Exchange, earlier: Exchange) -> bool:
    soon = 0 < one.ended - earlier.ended <= UNDONE_WITHIN
    return soon and one.action not in ("none", earlier.action)
