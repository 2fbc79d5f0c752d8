"""What a flip, or its absence, says of what utterances asked for: Bayes' rule, and nothing else.

The story. An utterance asks for nothing, for light or for dark; before anything happens that is
believed with P(none), P(lit), P(dark). Somebody who asked and was not obeyed reaches for the
switch after a while (``reaching``), or lets it be (``forgotten``). Somebody whose lamp acted
unasked sees it (``noticed``) and undoes it after a while (``undoing``). And now and then a hand
moves the switch with no words at all (``silent_flips``).

So each utterance gives the next flip a *hazard*: its density now, given that it did not happen
yet. The flip belongs to one of them with a probability in proportion to its hazard, and that is
how sure the label is. Utterances of which it says nothing keep their belief, less what they would
have shown by now (:func:`after_silence`).

An example, by hand. The lamp is dark. "Lumos" was heard 3.5 s ago, believed to be a new wording
for light with 0.06; a sentence of the television 1 s ago, believed with 0.02. Then a hand makes
light. Of all who reach for the switch, 0.19 a second do so after 3.5 s and 0.08 after 1 s:

>>> behaviour = Behaviour()
>>> lumos = Suspect("lumos", ended=0.0, before="dark", action="none", belief=(0.92, 0.06, 0.02))
>>> talk = Suspect("talk", ended=2.5, before="dark", action="none", belief=(0.96, 0.02, 0.02))
>>> causes = causes_of_flip([lumos, talk], 3.5, "lit", behaviour)
>>> [(name, round(causes[name], 2)) for name in ("lumos", "talk", "")]
[('lumos', 0.78), ('talk', 0.1), ('', 0.12)]

The same flip after the lamp went dark by itself at "lumos" is charged to that, however sure it
was, as nothing was said since:

>>> acted = Suspect("lumos", ended=0.0, before="lit", action="dark", belief=(0.01, 0.0, 0.99))
>>> causes_of_flip([acted], 3.5, "lit", behaviour, undone="lumos")
{'lumos': 1.0, '': 0.0}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lamp.anticipator.behaviour import Behaviour, Triple
from lamp.messages import ACTIONS, Action, State, opposite

WRONG_AT_LEAST = 0.05  # share of undone actions that were right: people change their minds [O]


@dataclass(frozen=True)
class Suspect:
    """An utterance that may have caused a flip.

    ended: s, of its last word.
    before: the state the lamp was in when it was said.
    action: what the lamp did about it.
    belief: P(none), P(lit), P(dark), before anything that happened afterwards.
    """

    id: str
    ended: float
    before: State
    action: Action
    belief: Triple

    def probability(self, action: Action) -> float:
        """That it asked for ``action``."""
        return self.belief[ACTIONS.index(action)]


def causes_of_flip(
    suspects: Sequence[Suspect],
    at: float,
    state: State,
    behaviour: Behaviour,
    undone: str = "",
) -> dict[str, float]:
    """The probability that each utterance caused the flip at ``at`` s to ``state``.

    The key "" stands for none of them. Where the flip undoes an action of the lamp's own, it
    belongs to the words behind that action or to words said since, never to anything earlier.

    Args:
        suspects: utterances without a label, oldest first.
        undone: id of the utterance whose action the flip undoes, if it undoes one.
    """
    acted = next((each for each in suspects if each.id == undone), None)
    said_since = [each for each in suspects if acted is None or each.ended > acted.ended]
    hazards = {
        each.id: _reaching(each, at, state, behaviour)
        for each in said_since
        if each.action == "none" and each.before == opposite(state) and each.ended <= at
    }
    silent = behaviour.silent_flips.per_second
    if acted is not None:
        hazards[acted.id] = _undoing(acted, at, behaviour)
        silent = 0.0  # a hand that undoes what the lamp just did is there because of that
    total = sum(hazards.values()) + silent
    if total <= 0:
        return {"": 1.0}
    return {name: hazard / total for name, hazard in hazards.items()} | {"": silent / total}


def after_silence(suspect: Suspect, until: float, behaviour: Behaviour) -> Triple:
    """What is believed of an utterance when nobody flipped because of it until ``until`` s.

    >>> none = Suspect("talk", 0.0, before="dark", action="lit", belief=(0.3, 0.7, 0.0))
    >>> [round(p, 2) for p in after_silence(none, 12.0, Behaviour())]
    [0.09, 0.91, 0.0]
    """
    likelihoods = _unflipped(suspect, until - suspect.ended, behaviour)
    joint = [p * likely for p, likely in zip(suspect.belief, likelihoods, strict=True)]
    total = sum(joint)
    none, lit, dark = (share / total for share in joint)
    return none, lit, dark


def doubt_removed(before: float, after: float) -> float:
    """How much an event taught: the share of the doubt in something that it removed, 0..1.

    A belief that was there before is no lesson. An action that nobody undid was hardly ever wrong
    if people notice what the lamp does, and may well have been if they don't:

    >>> round(doubt_removed(0.7, 0.91), 2)
    0.7
    >>> doubt_removed(0.9, 0.6)
    0.0
    """
    return max(0.0, (after - before) / max(1e-9, 1 - before))


def _reaching(suspect: Suspect, at: float, state: State, behaviour: Behaviour) -> float:
    """Hazard, per s, of a flip by somebody who asked for ``state`` and was not obeyed."""
    delay = at - suspect.ended
    index = ACTIONS.index(state)
    wanted = after_silence(suspect, at, behaviour)[index]
    reaches = 1 - behaviour.forgotten.value
    still = 1 - reaches * behaviour.reaching.passed(delay)
    return wanted * reaches * behaviour.reaching.density(delay) / still


def _undoing(suspect: Suspect, at: float, behaviour: Behaviour) -> float:
    """Hazard, per s, of a flip by somebody who did not ask for what the lamp did."""
    delay = at - suspect.ended
    wrong = 1 - after_silence(suspect, at, behaviour)[ACTIONS.index(suspect.action)]
    notices = behaviour.noticed.value
    still = 1 - notices * behaviour.undoing.passed(delay)
    hazard = notices * behaviour.undoing.density(delay) / still
    return max(wrong, WRONG_AT_LEAST) * hazard


def _unflipped(suspect: Suspect, watched: float, behaviour: Behaviour) -> Triple:
    """P(no flip within ``watched`` s) if it asked for none, lit, dark."""
    if suspect.action == "none":
        reached = (1 - behaviour.forgotten.value) * behaviour.reaching.passed(watched)
        missed = opposite(suspect.before)  # who wanted the state there was has it
        none, lit, dark = (1 - reached if action == missed else 1.0 for action in ACTIONS)
    else:
        undone = behaviour.noticed.value * behaviour.undoing.passed(watched)
        none, lit, dark = (1.0 if action == suspect.action else 1 - undone for action in ACTIONS)
    return none, lit, dark
