"""The one ever-growing dialogue, as the language model reads it.

What the person said, then the lamp's answer as a token: ``<lit>``, ``<dark>`` or
``<none>``. The lamp's answer is the next token (talk: the dialogue as training data).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lamp.diary.exchange import Exchange, Label
from lamp.language_model import PRESETS, Example, Settings
from lamp.messages import ACTIONS, Action, State
from lamp.soft_text import SoftText


def token(action: Action) -> str:
    """The lamp's word for an action."""
    return f"<{action}>"


#: The lamp's vocabulary, in the order of the model's classes.
TOKENS: tuple[str, ...] = tuple(token(action) for action in ACTIONS)


def before(state: State) -> tuple[str, ...]:
    """What stands before an utterance: the last action that moved the lamp."""
    return (token(state),)


def example(exchange: Exchange, label: Label) -> Example:
    """``exchange`` under ``label``, as the language model learns it."""
    return example_of(exchange.soft, exchange.state_before, label, exchange.memory)


def example_of(
    soft: SoftText, state_before: State, label: Label, memory: tuple[float, ...] = ()
) -> Example:
    """The same of what was heard, the state before it, and the log odds by memory."""
    action = ACTIONS.index(label.action)
    return Example(soft, action, label.weight, before(state_before), memory)


def examples(exchanges: Iterable[Exchange]) -> list[Example]:
    """All labelled ones among ``exchanges``, in their order."""
    return [
        example(exchange, exchange.label) for exchange in exchanges if exchange.label is not None
    ]


def settings(preset: str, calibrated: bool) -> Settings:
    """The language model's settings.

    Beside remembered examples, whose odds are its offset, the model need not count again what they
    know: the closed form speaks softly, what the fit adds is held close to nothing, and rare
    actions weigh little more than frequent ones (chosen on evenings of real voices [O]).

    Args:
        calibrated: examples have a say, as it is known how the acoustic model misspells.
    """
    if not calibrated:
        return PRESETS[preset]
    return replace(PRESETS[preset], logit_scale=0.02, l2=2.0, balance=0.5)
