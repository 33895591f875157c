"""A stamp is believed if it can have been given between the last full reading and now."""

from auction.stamps import StampWatch

SECOND = 1_000_000
NOON = 12 * 3600 * SECOND


def watch_that_read_everything_at(instant: int) -> StampWatch:
    watch = StampWatch(SECOND)
    watch.reading_begins(instant)
    watch.reading_ends(is_drained=True)
    watch.reading_begins(instant + 1)
    return watch


def test_a_stamp_between_the_last_full_reading_and_now_is_believed():
    watch = watch_that_read_everything_at(NOON)
    assert watch.agrees(NOON, NOON + 5 * SECOND)
    assert watch.agrees(NOON + 5 * SECOND, NOON + 5 * SECOND)


def test_clocks_may_differ_by_the_skew_and_no_more():
    watch = watch_that_read_everything_at(NOON)
    assert watch.agrees(NOON - SECOND, NOON)
    assert watch.agrees(NOON + SECOND, NOON)
    assert not watch.agrees(NOON - SECOND - 1, NOON)
    assert not watch.agrees(NOON + SECOND + 1, NOON)


def test_only_what_lies_in_the_future_is_ahead():
    watch = StampWatch(SECOND)
    assert not watch.is_ahead(NOON + SECOND, NOON)
    assert watch.is_ahead(NOON + SECOND + 1, NOON)


def test_a_backlog_makes_stamps_old_and_they_are_believed():
    """A reading that did not get everything says nothing about when the rest arrived."""
    watch = watch_that_read_everything_at(NOON)
    for later in range(1, 60):
        watch.reading_begins(NOON + later * SECOND)
        watch.reading_ends(is_drained=False)
    assert watch.agrees(NOON + SECOND, NOON + 60 * SECOND)


def test_before_the_first_full_reading_only_the_future_is_disbelieved():
    watch = StampWatch(SECOND)
    watch.reading_begins(NOON)
    assert watch.agrees(1, NOON)
    assert not watch.agrees(NOON + 2 * SECOND, NOON)


def test_when_our_own_clock_goes_back_stamps_of_the_true_time_are_ahead():
    watch = watch_that_read_everything_at(NOON)
    hour_earlier = NOON - 3600 * SECOND
    assert not watch.agrees(NOON + SECOND, hour_earlier)
    assert watch.agrees(hour_earlier, hour_earlier)
