"""What a refit reads of a diary that may have become large.

Everything that was taught by hand is read; of what the lamp concluded by itself, the newest. So
many exchanges at most are in memory at a time, whatever the diary holds:

>>> room({"by hand": 10_000, "obeyed": 5_000, "silence": 30_000})
{'by hand': 600, 'obeyed': 400, 'silence': 1000}
>>> room({"by hand": 10_000, "obeyed": 10, "silence": 1_200})  # what one leaves the others get
{'by hand': 790, 'obeyed': 10, 'silence': 1200}

Those that are shown stand for those that are not, so that how often something is meant looks the
same as if all were read. What was taught by hand is all counted, each once, for it may be the
only time that somebody said those words; the correction of the model is fitted on the newest of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from lamp.diary import conversation
from lamp.diary.exchange import Exchange, LabelSource
from lamp.diary.reader import DiaryReader
from lamp.language_model import Example

MOST = 2_000  # exchanges that are shown
GROUPS: Mapping[str, tuple[LabelSource, ...]] = {
    "by hand": ("flip", "correction", "repeat"),
    "obeyed": ("kept",),
    "silence": ("silence",),
}
_SHARES = {"by hand": 0.3, "obeyed": 0.2, "silence": 0.5}  # of MOST, where there are too many
_GROUP_OF = {source: group for group, sources in GROUPS.items() for source in sources}


@dataclass(frozen=True)
class Selection:
    """What one refit reads.

    exchanges: those that are shown, in the order they were said.
    total: how many labelled exchanges the diary has.
    stand_for: by group, how many exchanges each that is shown stands for.
    older: what was taught by hand and is not shown, anew each time it is gone through.
    """

    exchanges: list[Exchange]
    total: int
    stand_for: Mapping[str, float]
    older: Iterable[Example]

    def examples(self, some: Iterable[Exchange]) -> list[Example]:
        """``some`` of the exchanges that are shown, as the model learns them."""
        found = []
        for exchange in some:
            assert exchange.label is not None
            group = _GROUP_OF[exchange.label.source]
            example = conversation.example(exchange, exchange.label)
            if group == "by hand":  # the others are counted by themselves
                found.append(example._replace(stands_for=self.stand_for[group]))
            else:
                found.append(example._replace(weight=example.weight * self.stand_for[group]))
        return found


def select(
    diary: DiaryReader, meanwhile: Callable[[], None] = lambda: None, most: int = MOST
) -> Selection:
    """What a refit reads of ``diary``, which must not change until it is done.

    Args:
        meanwhile: called with every exchange, since reading may take long.
        most: exchanges that are shown.

    Raises:
        StateError, DiaryDamaged: the disk does not give it.
    """
    counts = diary.label_counts()
    totals = {
        group: sum(counts.get(source, 0) for source in sources) for group, sources in GROUPS.items()
    }
    shown = room(totals, most)
    exchanges: list[Exchange] = []
    for group, sources in GROUPS.items():
        for exchange in diary.labelled_by(sources, shown[group]):
            exchanges.append(exchange)
            meanwhile()
    exchanges.sort(key=lambda exchange: exchange.position)
    stand_for = {group: totals[group] / max(1, shown[group]) for group in GROUPS}
    older = _Older(diary, shown["by hand"], meanwhile)
    return Selection(exchanges, sum(totals.values()), stand_for, older)


def room(totals: Mapping[str, int], most: int = MOST) -> dict[str, int]:
    """How many of each group are shown, of so many that there are."""
    shown = {group: min(total, round(_SHARES[group] * most)) for group, total in totals.items()}
    for group in ("silence", "by hand", "obeyed"):
        shown[group] = min(totals[group], shown[group] + most - sum(shown.values()))
    return shown


@dataclass(frozen=True)
class _Older:
    """See :class:`Selection`; read from the diary as it is gone through."""

    diary: DiaryReader
    newer: int
    meanwhile: Callable[[], None]

    def __iter__(self) -> Iterator[Example]:
        for exchange in self.diary.labelled_by(GROUPS["by hand"], skipped=self.newer):
            assert exchange.label is not None
            self.meanwhile()
            yield conversation.example(exchange, exchange.label)
