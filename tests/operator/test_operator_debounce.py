import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamp.operator.debounce import LONGEST_STILL, TOO_MANY, Debouncer

(MOST_CHANGES, _), (MOST_A_MINUTE, _) = TOO_MANY


def changes(debouncer, shown):
    """The times of the changes among ``shown``: (time, level) pairs, looked at every ms."""
    shown = sorted(shown)
    end = shown[-1][0] + 2.0
    found = []
    level = debouncer.level
    steps = int(end * 1000)
    for step in range(steps):
        now = step / 1000
        while shown and shown[0][0] <= now:
            level = shown.pop(0)[1]
        if debouncer.observe(level, now):
            found.append(now)
    return found


def test_a_clean_change_counts_once_it_has_settled():
    assert changes(Debouncer(True, 0.02), [(1.0, False)]) == [pytest.approx(1.010)]


def test_bouncing_is_one_change():
    bounce = [(1.0, False), (1.001, True), (1.002, False), (1.008, True), (1.010, False)]
    assert len(changes(Debouncer(True, 0.02), bounce)) == 1


def test_bouncing_back_for_longer_than_it_takes_to_settle_is_still_one_change():
    bounce = [(1.0, False), (1.012, True), (1.023, False)]
    assert len(changes(Debouncer(True, 0.02), bounce)) == 1


def test_a_spark_is_no_change():
    assert changes(Debouncer(True, 0.02), [(1.0, False), (1.003, True)]) == []


def test_two_quick_changes_by_a_hand_are_both_seen():
    debouncer = Debouncer(True, 0.02)
    assert len(changes(debouncer, [(1.0, False), (1.08, True)])) == 2
    assert debouncer.level is True


def test_a_change_that_undoes_itself_while_it_is_held_counts_afterwards():
    debouncer = Debouncer(True, 0.02)
    assert len(changes(debouncer, [(1.0, False), (1.015, True)])) == 2


def test_without_debouncing_every_change_counts_at_once():
    assert changes(Debouncer(False, 0.0), [(0.5, True), (0.501, False)]) == [0.5, 0.501]


def test_a_switch_at_rest_need_not_be_looked_at():
    assert Debouncer(True, 0.02).wait(5.0) is None


def test_a_switch_that_settles_must_be_looked_at_when_it_has():
    debouncer = Debouncer(True, 0.02)
    debouncer.observe(False, 1.0)
    assert debouncer.wait(1.001) == pytest.approx(0.009)
    assert debouncer.wait(2.0) == 0.0


def flap(debouncer, changes, every=0.05):
    return sum(
        debouncer.observe(bool(step % 2), start + settled)
        for step in range(changes)
        for start in [step * every]
        for settled in (0.0, 0.011)
    )


def test_a_flapping_switch_is_given_up_until_it_rests():
    debouncer = Debouncer(True, 0.02)
    assert flap(debouncer, 200) == MOST_CHANGES
    assert debouncer.flapping
    end = 199 * 0.05
    assert debouncer.wait(end) == pytest.approx(1.0)
    assert not debouncer.observe(None, end + 0.9)
    assert debouncer.flapping
    assert not debouncer.observe(None, end + 1.01)
    assert not debouncer.flapping
    assert debouncer.level is True
    assert not debouncer.observe(False, end + 2.0)
    assert debouncer.observe(False, end + 2.1)


def test_a_quick_hand_is_not_taken_for_flapping():
    debouncer = Debouncer(True, 0.02)
    assert flap(debouncer, 90, every=0.12) == 90
    assert not debouncer.flapping


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), min_size=1, max_size=30))
def test_whatever_a_contact_does_it_ends_up_meaning_what_it_shows(shown):
    debouncer = Debouncer(False, 0.02)
    changes(debouncer, shown)
    assert debouncer.level == max(enumerate(shown), key=lambda e: (e[1][0], e[1][1], e[0]))[1][1]


def square_wave(debouncer, half, seconds, start=0.0):
    """How often a contact that changes every ``half`` seconds moves the relay."""
    moves, shown_since, level = 0, start, debouncer.level
    for tick in range(round(seconds * 1000)):
        now = start + tick / 1000
        if now - shown_since >= half:
            shown_since, level = now, not level
        moves += debouncer.observe(level, now)
    return moves


@pytest.mark.parametrize("hold", [0.02, 0.05, 0.1, 0.2, 0.5])
def test_a_dip_of_8_ms_does_nothing(hold):
    """It moved the relay twice, whatever pins.debounce was: a long wire beside mains cables."""
    assert changes(Debouncer(True, hold), [(1.0, False), (1.008, True)]) == []


def test_a_longer_dip_does_nothing_where_pins_debounce_says_so():
    dip = [(1.0, False), (1.030, True)]
    assert len(changes(Debouncer(True, 0.02), dip)) == 2
    assert changes(Debouncer(True, 0.1), dip) == []


@pytest.mark.parametrize("hold", [0.005, 0.02, 0.1, 0.2, 0.5])
@pytest.mark.parametrize("half", [0.005, 0.010, 0.025, 0.1])
def test_a_contact_that_never_rests_is_flapping_at_any_debounce(hold, half):
    """From 0.1 s on a minute of 50 Hz moved the relay hundreds of times, and nobody was told."""
    debouncer = Debouncer(True, hold)
    assert square_wave(debouncer, half, 61) <= MOST_A_MINUTE
    assert debouncer.flapping


def test_a_bad_wire_that_rests_now_and_then_moves_the_relay_a_few_times():
    """19 changes in 1.9 s and a rest of 1.1 s were no flapping: 11,400 moves in half an hour."""
    debouncer = Debouncer(False, 0.02)
    moves, now, given_up = 0, 0.0, 0
    for _ in range(600):
        for _ in range(19):
            now += 0.1
            was = debouncer.flapping
            moves += debouncer.observe(not debouncer._seen, now)
            moves += debouncer.observe(None, now + 0.05)
            given_up += debouncer.flapping > was
        now += 1.1
        moves += debouncer.observe(None, now)
    assert moves == 2 * MOST_A_MINUTE
    assert given_up == 2  # and so often it is said


def test_what_flaps_again_has_to_rest_longer_each_time_but_not_for_ever():
    debouncer = Debouncer(False, 0.02)
    rests, now = [], 0.0
    for _ in range(9):
        while not debouncer.flapping:
            now += 0.05
            debouncer.observe(not debouncer._seen, now)
            debouncer.observe(None, now + 0.02)
        rests.append(debouncer.wait(now))
        now += rests[-1] + 0.01
        debouncer.observe(None, now)
        assert not debouncer.flapping
    assert rests[:4] == pytest.approx([1.0, 2.0, 4.0, 8.0])
    assert max(rests) == pytest.approx(LONGEST_STILL)
    now += 3700
    while not debouncer.flapping:
        now += 0.05
        debouncer.observe(not debouncer._seen, now)
        debouncer.observe(None, now + 0.02)
    assert debouncer.wait(now) == pytest.approx(1.0)
