from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lamp.messages import SAMPLE_RATE
from lamp.recorder.block import BLOCK, Block, Blocks


def piece(first: int, count: int, started: float | None = None) -> Block:
    samples = np.arange(first, first + count).astype(np.int16)
    return Block(samples, first / SAMPLE_RATE if started is None else started)


@given(st.lists(st.integers(0, 2000), max_size=20))
def test_pieces_of_any_length_become_equal_blocks_and_nothing_is_lost(lengths: list[int]) -> None:
    cutter, first, found = Blocks(), 0, []
    for length in lengths:
        found += cutter.cut(piece(first, length))
        first += length
    assert [len(block.samples) for block in found] == [BLOCK] * (first // BLOCK)
    for number, block in enumerate(found):
        assert block.samples[0] == np.int16(number * BLOCK)
        assert abs(block.started - number * BLOCK / SAMPLE_RATE) < 1e-6


def test_a_gap_starts_afresh() -> None:
    cutter = Blocks()
    assert not list(cutter.cut(piece(0, 500)))
    later = piece(500, 600, started=3.0)
    assert cutter.gap_before(later)
    (block,) = cutter.cut(later)
    assert block.started == 3.0
    assert block.samples[0] == 500


def test_a_clock_that_shivers_is_no_gap() -> None:
    cutter = Blocks()
    list(cutter.cut(piece(0, 512)))
    assert not cutter.gap_before(piece(512, 512, started=0.032 + 0.02))


def test_time_that_goes_back_is_a_gap() -> None:
    cutter = Blocks()
    list(cutter.cut(piece(0, 512, started=100.0)))
    assert cutter.gap_before(piece(0, 512, started=0.0))


def test_a_block_knows_its_end() -> None:
    assert piece(0, 512, started=1.0).ended == 1.032
