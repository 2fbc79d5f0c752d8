from __future__ import annotations

from lamp.mailbox.inbox import MOST_BYTES, Delivery, Inbox
from lamp.messages import Flip, Message, NewLabels


def delivery(message: Message, size: int = 10) -> Delivery:
    return Delivery(message, "somebody", size)


def flip(number: int) -> Delivery:
    return delivery(Flip(str(number), "lit", 0.0))


def labels(number: int, size: int = 10) -> Delivery:
    return delivery(NewLabels(number, 0.0), size)


def drained(inbox: Inbox) -> list[Message]:
    return [inbox.take().message for _ in range(inbox.waiting)]


def test_deliveries_come_out_in_the_order_in_which_they_came() -> None:
    inbox = Inbox(5)
    mail = [flip(1), labels(1), flip(2)]
    assert [inbox.put(each) for each in mail] == [[], [], []]
    assert drained(inbox) == [each.message for each in mail]


def test_the_oldest_that_may_be_lost_makes_room() -> None:
    inbox = Inbox(2)
    assert inbox.put(labels(1)) == []
    assert inbox.put(flip(1)) == []
    assert inbox.put(labels(2)) == ["NewLabels"]
    assert inbox.put(flip(2)) == ["NewLabels"]
    assert drained(inbox) == [flip(1).message, flip(2).message]


def test_kept_deliveries_are_never_dropped_but_fill_the_inbox() -> None:
    inbox = Inbox(2)
    inbox.put(flip(1))
    inbox.put(labels(1))
    assert not inbox.full  # the labels could go
    assert inbox.put(flip(2)) == ["NewLabels"]
    assert inbox.full
    assert inbox.put(flip(3)) == []
    inbox.take()
    inbox.take()
    assert not inbox.full


def test_large_deliveries_are_bounded_by_their_bytes() -> None:
    inbox = Inbox(100)
    assert inbox.put(labels(0, 2 * MOST_BYTES)) == []  # one always fits
    assert inbox.put(labels(1, MOST_BYTES)) == ["NewLabels"]
    inbox.take()
    assert inbox.put(labels(2, MOST_BYTES)) == []


def test_each_life_of_a_sender_has_a_past_and_only_the_last_lives_are_remembered() -> None:
    inbox = Inbox(1)
    first = inbox.session("operator", "first")
    first.last = 9
    assert inbox.session("operator", "first") is first
    assert inbox.session("operator", "second").last == 0
    for number in range(100):
        inbox.session("operator", str(number))
    assert inbox.session("operator", "first").last == 0


def test_ack_does_nothing_for_a_delivery_nobody_waits_for() -> None:
    labels(1).ack()
