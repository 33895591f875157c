"""The rules of every sale format: pure, exact, standard library only.

What is where:

    formats/       one machine or one pure function for each sale format, with its terms
    sequence       price bidding and what follows over the cap, as one sale
    clearing/      many like units at once; order_book/ one after another; both with a compiled twin
    draw           draws that anybody can repeat
    scoring, benchmark, volume_based, fees    evaluated prices and what a deal costs
    profiles       named sets of numbers, as the law and real notices have them
    cases/         all of it from outside: `python -m bidding_rules run CASE.json`

Amounts are int fen, instants int microseconds, ratios `Fraction`; names of bidders are text. A sale from
beginning to end:

    >>> from bidding_rules.formats import timed
    >>> from bidding_rules.formats.timed_terms import Bid, TimedTerms
    >>> from bidding_rules.increments import fixed
    >>> minute = 60_000_000
    >>> terms = TimedTerms(
    ...     start=100_00, increments=fixed(10_00), free_us=10 * minute, limited_us=5 * minute
    ... )
    >>> state = timed.begin(terms, 0)
    >>> refused = timed.judge(terms, state, Bid(bidder="ann", amount=95_00), at=minute)
    >>> refused.code.value, refused.amount_min
    ('below_minimum', 10000)
    >>> for event in timed.judge(terms, state, Bid(bidder="ann", amount=100_00), at=minute):
    ...     timed.apply(terms, state, event)
    >>> while (due := timed.due_at(state)) is not None:
    ...     timed.apply(terms, state, timed.lapse(terms, state, due))
    >>> state.outcome.winner, state.outcome.price, state.outcome.at // minute
    ('ann', 10000, 15)
"""
