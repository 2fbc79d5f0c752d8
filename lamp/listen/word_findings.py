"""Whether a word is a good one: heard alike each time, and unlike what else the lamp knows.

Nothing is guessed that the lamp itself would decide: each take in turn is taught to examples such
as the lamp's own (`lamp.similarity`), and the other takes are held against them.

>>> word = [Take(text, 0.9, 1.0, SoftText.of_text(text)) for text in ("LUMOS", "LUMOS", "LUMAS")]
>>> judge(word, (), (), Calibration(), ("lit",), needed=0.7).faults
()
>>> judge(word, (), word, Calibration(), ("lit",), needed=0.7).faults
('means both',)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Literal

import numpy as np

from lamp.messages import ACTIONS, Action, State, opposite
from lamp.similarity import Calibration, LabelledExamples
from lamp.similarity.examples import Triple
from lamp.similarity.features import utterance_of
from lamp.soft_text import SoftText

Fault = Literal["said once", "unheard", "short", "unlike", "means both", "unsure"]

SHORT = 3.0  # expected letters; words of one syllable are lost most often
BOTH = 0.1  # probability of the other state from which a word means both; untuned

_CERTAIN: dict[State, Triple] = {"lit": (0.0, 1.0, 0.0), "dark": (0.0, 0.0, 1.0)}


@dataclass(frozen=True)
class Take:
    """A word said once.

    text: the likeliest spelling.
    confidence: of it, 0..1.
    seconds: how long it is, with what is kept of the quiet around it.
    soft: all that it may have been; empty where nothing was heard.
    """

    text: str
    confidence: float
    seconds: float
    soft: SoftText


@dataclass(frozen=True)
class Known:
    """An utterance that the lamp has a label for.

    weights: how much it counts as none, lit and dark, each 0..1.
    """

    name: str
    soft: SoftText
    weights: Triple


@dataclass(frozen=True)
class Neighbour:
    """The likest one of those that mean the same.

    means: what it was labelled as; "before": it is the word that was tried just before.
    nats: how much likelier the takes are its words than other talk, the mean of the takes.
    """

    text: str
    means: Action | Literal["before"]
    nats: float


@dataclass(frozen=True)
class WordFindings:
    """What there is to say of a word.

    texts, confidences, seconds: of each take, see :class:`Take`.
    letters: expected letters of a take, the mean.
    alike: nats of each pair of takes that were heard, see :meth:`LabelledExamples.likeness`.
    recognised: probability that the lamp takes one take for the word after one flip taught it
        another one, by likeness alone; None where fewer than two were heard.
    confused: the same for the other state.
    needed: probability above which it acts.
    neighbours: one for each meaning that is known.
    calibrated: it is known how this engine misspells; else likeness is a guess.
    faults: the worst first; empty: a good word.
    """

    texts: tuple[str, ...]
    confidences: tuple[float, ...]
    seconds: tuple[float, ...]
    letters: float
    alike: tuple[float, ...]
    recognised: float | None
    confused: float | None
    needed: float
    neighbours: tuple[Neighbour, ...]
    calibrated: bool
    faults: tuple[Fault, ...]


def probability(nats: float) -> float:
    """That two takes are the same words, if beforehand that was as likely as other talk.

    >>> probability(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-nats))


def judge(
    takes: Sequence[Take],
    known: Sequence[Known],
    before: Sequence[Take],
    calibration: Calibration,
    wanted: Sequence[State],
    needed: float,
) -> WordFindings:
    """Judge one word.

    Args:
        takes: of the word, one or more.
        known: what the lamp has labels for.
        before: takes of the word tried before, which means the other state; none for the first.
        calibration: of the engine that heard them.
        wanted: the states that the word may be for; the one that suits it better counts.
        needed: probability above which the lamp acts, 0..1.
    """
    heard = [take.soft for take in takes if take.soft]
    earlier = [take.soft for take in before if take.soft]
    examples = LabelledExamples(calibration)
    alike = tuple(examples.likeness(one, other) for one, other in combinations(heard, 2))
    recognised, confused = _taught(heard, known, earlier, calibration, wanted)
    letters = _letters(heard, calibration)
    return WordFindings(
        texts=tuple(take.text for take in takes),
        confidences=tuple(take.confidence for take in takes),
        seconds=tuple(take.seconds for take in takes),
        letters=letters,
        alike=alike,
        recognised=recognised,
        confused=confused,
        needed=needed,
        neighbours=tuple(_neighbours(heard, known, earlier, calibration)),
        calibrated=calibration.learned,
        faults=_faults(len(takes), len(heard), letters, alike, recognised, confused, needed),
    )


def _faults(
    said: int,
    heard: int,
    letters: float,
    alike: Sequence[float],
    recognised: float | None,
    confused: float | None,
    needed: float,
) -> tuple[Fault, ...]:
    found: dict[Fault, bool] = {
        "said once": said < 2,
        "unheard": heard < said,
        "means both": confused is not None and confused >= BOTH,
        "unlike": min(alike, default=math.inf) <= 0,
        "short": heard > 0 and letters < SHORT,
    }
    faults = tuple(fault for fault, there in found.items() if there)
    if not faults and recognised is not None and recognised <= needed:
        return ("unsure",)
    return faults


def _letters(heard: Sequence[SoftText], calibration: Calibration) -> float:
    masses = [utterance_of(soft, calibration.table).mass for soft in heard]
    return float(np.mean(masses)) if masses else 0.0


def _taught(
    heard: Sequence[SoftText],
    known: Sequence[Known],
    earlier: Sequence[SoftText],
    calibration: Calibration,
    wanted: Sequence[State],
) -> tuple[float | None, float | None]:
    """Probabilities of the state and of the other one, for the state that suits the word."""
    if len(heard) < 2:
        return None, None
    found = []
    for state in wanted:
        examples = _remembered(known, earlier, opposite(state), calibration)
        answers = []
        for one, other in permutations(heard, 2):
            examples.add("take", one, _CERTAIN[state])
            answers.append(examples.probabilities(other))
        means = dict(zip(ACTIONS, np.mean(answers, axis=0).tolist(), strict=True))
        found.append((means[state], means[opposite(state)]))
    return max(found)


def _remembered(
    known: Iterable[Known], earlier: Sequence[SoftText], means: State, calibration: Calibration
) -> LabelledExamples:
    examples = LabelledExamples(calibration)
    for each in known:
        examples.add(each.name, each.soft, each.weights)
    for number, soft in enumerate(earlier):
        examples.add(f"before {number}", soft, _CERTAIN[means])
    return examples


def _neighbours(
    heard: Sequence[SoftText],
    known: Sequence[Known],
    earlier: Sequence[SoftText],
    calibration: Calibration,
) -> Iterable[Neighbour]:
    groups: dict[Action | Literal["before"], list[Known]] = {action: [] for action in ACTIONS}
    for each in known:
        groups[ACTIONS[int(np.argmax(each.weights))]].append(each)
    groups["before"] = [Known(str(n), soft, (0, 0, 0)) for n, soft in enumerate(earlier)]
    for means, group in groups.items():
        examples = LabelledExamples(calibration)
        for each in group:
            examples.add(each.name, each.soft, each.weights)
        recalls = [examples.recall(soft) for soft in heard]
        if not recalls or not recalls[0].names:
            continue
        nats = np.mean([recall.nats for recall in recalls], axis=0)
        likest = recalls[0].names[int(nats.argmax())]
        text = next(each.soft.best for each in group if each.name == likest)
        yield Neighbour(text, means, float(nats.max()))
