import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamp.operator.debounce import MOST_CHANGES, Debouncer


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
    assert changes(Debouncer(True, 0.02), [(1.0, False)]) == [pytest.approx(1.005)]


def test_bouncing_is_one_change():
    bounce = [(1.0, False), (1.001, True), (1.002, False), (1.008, True), (1.010, False)]
    assert len(changes(Debouncer(True, 0.02), bounce)) == 1


def test_bouncing_back_for_longer_than_it_takes_to_settle_is_still_one_change():
    bounce = [(1.0, False), (1.007, True), (1.015, False)]
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
    assert debouncer.wait(1.001) == pytest.approx(0.004)
    assert debouncer.wait(2.0) == 0.0


def flap(debouncer, changes, every=0.05):
    return sum(
        debouncer.observe(bool(step % 2), start + settled)
        for step in range(changes)
        for start in [step * every]
        for settled in (0.0, 0.006)
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
    assert flap(debouncer, 100, every=0.12) == 100
    assert not debouncer.flapping


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), min_size=1, max_size=30))
def test_whatever_a_contact_does_it_ends_up_meaning_what_it_shows(shown):
    debouncer = Debouncer(False, 0.02)
    changes(debouncer, shown)
    assert debouncer.level == max(enumerate(shown), key=lambda e: (e[1][0], e[1][1], e[0]))[1][1]
