"""One file per sale format (出让方式/竞价方式); each is a small machine of five pure functions.

    begin(terms, at)              the state when the sale opens
    judge(terms, state, move, at) the events a move causes, or the `Rejection`; changes nothing
    apply(terms, state, event)    the only code that changes the state; cannot fail
    due_at(state)                 the next instant at which something happens by itself, or None
    lapse(terms, state, at)       the events that have fallen due by `at`; changes nothing

Instants are int microseconds; a move that arrives exactly at a deadline is late. Formats that clear at
once (sealed, multi-unit) are one pure function over the ordered bids instead.
"""
