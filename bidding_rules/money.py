"""Money: what an amount is, and the error for a term that no notice may have.

An amount is a plain `int` of fen (分, 0.01 yuan). There is no float anywhere: the studied systems that
used binary fractions needed a tolerance to test "a multiple of the increment", which is a defect.
"""

AMOUNT_MAX = 10**15
"""The largest amount accepted anywhere, in fen (10 million million yuan); exact in JSON clients too."""


class TermsError(ValueError):
    """A term cannot stand as written; `field` names it and `message` says what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


def check_amount(field: str, value: object, *, minimum: int = 1) -> None:
    """Raise `TermsError` unless `value` is an int of fen from `minimum` to `AMOUNT_MAX`."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TermsError(field, "must be a whole number of fen")
    if not minimum <= value <= AMOUNT_MAX:
        raise TermsError(field, f"must lie from {minimum} to {AMOUNT_MAX} fen, not {value}")


def check_duration(field: str, value: object, *, minimum_us: int = 0) -> None:
    """Raise `TermsError` unless `value` is an int of microseconds, at least `minimum_us`."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TermsError(field, "must be a whole number of microseconds")
    if value < minimum_us:
        raise TermsError(field, f"must be at least {minimum_us} microseconds, not {value}")
