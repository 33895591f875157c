"""Terms: everything that the notice (公告) fixed for a lot, frozen when it is published."""

from dataclasses import dataclass

from bidding_rules.format_terms import FormatTerms
from bidding_rules.money import TermsError, check_amount, check_duration

OUTAGE_MIN_US = 1_000_000
"""No terms tolerate less: shorter gaps are not told apart from a busy moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A lot's terms: the sale format with its numbers, and what holds around it.

    Validated when built (`TermsError` names the field), trusted afterwards. Every number of the law is
    data of a rule profile; none stands in the code.
    """

    format: FormatTerms
    """The sale format and its numbers."""
    seller: str
    """Account of the seller (出让方/转让方), who may not bid: 拍卖法 art. 30."""
    deposit: int
    """保证金 in fen that must be confirmed before the first bid; 0: none is asked."""
    opens_at: int
    """Instant of opening, microseconds UTC."""
    calls_before_hammer: int | None = None
    """Fair warnings after which the auctioneer may hammer before the close; None: only the clock may."""
    call_gap_us: int = 0
    """Least time between two calls, and between the last one and the hammer."""
    resume_notice_us: int = 0
    """Least notice between the announcement of a resumption and bidding."""
    four_eyes: bool = False
    """What takes back an accepted bid (undo, re-opening, withdrawal after a bid) needs a second person."""
    outage_tolerance_us: int = 3_000_000
    """An outage longer than this suspends the lot, and so does any in which bidding would have closed."""

    def __post_init__(self) -> None:
        check_amount("deposit", self.deposit, minimum=0)
        check_duration("opens_at", self.opens_at)
        check_duration("call_gap_us", self.call_gap_us)
        check_duration("resume_notice_us", self.resume_notice_us)
        check_duration("outage_tolerance_us", self.outage_tolerance_us, minimum_us=OUTAGE_MIN_US)
        if self.calls_before_hammer is not None and self.calls_before_hammer < 1:
            raise TermsError("calls_before_hammer", "must be at least 1, or absent")
        self.format.check_alone()
        if not self.seller:
            raise TermsError("seller", "must not be empty")
