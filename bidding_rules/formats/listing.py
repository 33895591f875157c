"""挂牌: quotes over days; at the end sold to the one bidder, or on to timed bidding.

A listing is not a machine of its own: it is timed bidding whose free phase is the listing period. This
file says which terms make it one. The end, by 39号令 art. 19::

    nobody quoted                        -> no sale
    one bidder quoted, reserve met       -> sold to him
    two or more quoted                   -> who wants to go on (询问)? somebody: timed bidding from the
                                            highest quote; nobody: the highest quote wins, reserve met

During the period the host may change the increment (art. 18); the reserve may be keyed in shortly
before the deadline; a stop window may shut the last part. The legal least period is a profile's, not
this file's.
"""

from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import Increments


def listing_terms(
    *,
    start: int,
    increments: Increments,
    period_us: int,
    limited_us: int | None,
    cap: int | None = None,
    reserve: int | None = None,
    reserve_entry_us: int | None = None,
    stop_window_us: int = 0,
    ask_us: int = 0,
    one_bidder_takes_it: bool = True,
    increments_adjustable: bool = True,
) -> TimedTerms:
    """Return the terms of a listing; amounts in fen, spans in microseconds.

    `limited_us` is N of timed bidding, or None where the highest quote wins at the deadline. `ask_us`
    is the time to say that one goes on; 0: all go on by default. Where not `one_bidder_takes_it`, timed
    bidding follows however few quoted (the Suzhou/Wuxi family). Raises `TermsError` as `TimedTerms`.
    """
    return TimedTerms(
        start=start,
        increments=increments,
        cap=cap,
        reserve=reserve,
        reserve_entry_us=reserve_entry_us,
        free_us=period_us,
        stop_window_us=stop_window_us,
        increments_adjustable=increments_adjustable,
        inquiry_us=ask_us,
        limited_us=limited_us,
        limited_bidders_min=2 if one_bidder_takes_it and limited_us is not None else 0,
    )
