"""Rule profiles (规则档案): named sets of numbers for timed bidding, as cities and statutes have them.

The numbers stand here and nowhere else; the machine knows none. A notice may narrow or change each
with `dataclasses.replace`. Where a profile leaves the free phase open (None), it is the listing or
disclosure period that the notice fixes.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from bidding_rules.extension import Extension
from bidding_rules.first_refusal import FirstRefusal
from bidding_rules.formats.timed_terms import TimedTerms
from bidding_rules.increments import fixed
from bidding_rules.money import TermsError
from bidding_rules.periods import Instalment, Period, Periods, PeriodUnit, days, working_days
from bidding_rules.prices import DepositRule, StartRule

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_ANY_DEPOSIT = DepositRule()
_ANY_START = StartRule(ratio_min=Fraction(0))
_ANY_PERIODS = Periods()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The clock, the entry rules and the money rules of one kind of sale. Spans in microseconds."""

    code: str
    title: str
    source: str
    free_us: int | None
    limited_us: int | None
    tail: Extension | None = None
    """How late bids move the end where there is no limited phase."""
    stop_window_us: int = 0
    inquiry_us: int = 0
    inquiry_min_confirmed: int = 1
    must_have_quoted: bool = False
    limited_bidders_min: int = 0
    bidders_min: int = 1
    reserve_entry_us: int | None = None
    """The reserve is keyed in so long before the deadline; a reserve given to `terms` goes before."""
    first_refusal: FirstRefusal | None = None
    deposit: DepositRule = _ANY_DEPOSIT
    start: StartRule = _ANY_START
    periods: Periods = _ANY_PERIODS

    def terms(
        self,
        *,
        start: int,
        increment: int,
        free_us: int | None = None,
        reserve: int | None = None,
        cap: int | None = None,
    ) -> TimedTerms:
        """Return the terms of a lot; raise `TermsError` where they cannot stand together.

        `free_us` overrides the profile's and is needed where the profile leaves it open.
        """
        length = self.free_us if free_us is None else free_us
        if length is None:
            raise TermsError("free_us", "the notice must fix the listing or disclosure period")
        return TimedTerms(
            start=start,
            increments=fixed(increment),
            cap=cap,
            reserve=reserve,
            free_us=length,
            free_extension=self.tail,
            limited_us=self.limited_us,
            limited_bidders_min=self.limited_bidders_min,
            stop_window_us=self.stop_window_us,
            inquiry_us=self.inquiry_us,
            inquiry_min_confirmed=self.inquiry_min_confirmed,
            must_have_quoted=self.must_have_quoted,
            bidders_min=self.bidders_min,
            reserve_entry_us=self.reserve_entry_us if reserve is None else None,
            first_refusal=self.first_refusal,
        )


_LAND_DEPOSIT = DepositRule(ratio_min=Fraction(1, 5), warn_above=Fraction(1, 2))
_EQUITY_DEPOSIT = DepositRule(ratio_max=Fraction(3, 10))
_MATCH = FirstRefusal()
_MONTH = Period(length=1, unit=PeriodUnit.MONTHS)
_YEAR = Period(length=12, unit=PeriodUnit.MONTHS)
_ALL_IN_5_DAYS = (Instalment(share=Fraction(1), within=working_days(5)),)

_LAND = Periods(
    notice_min=days(20),
    listing_min=days(10),
    apply_close=days(2),
    refund_losers=working_days(5),
    contract=working_days(10),
    payment=(
        Instalment(share=Fraction(1, 2), within=_MONTH),
        Instalment(share=Fraction(1), within=_YEAR),
    ),
)
"""39号令 art. 8, 11, 18, 21; 国土资发〔2010〕34号."""
_LAND_AUCTION = replace(_LAND, listing_min=None, apply_close=None)
_MINING = Periods(
    notice_min=working_days(20),
    listing_min=working_days(10),
    refund_losers=working_days(5),
    contract=working_days(10),
)
"""自然资规〔2023〕1号; the contract follows ten working days of publicity."""
_EQUITY = Periods(
    notice_min=working_days(20),
    refund_losers=working_days(5),
    contract=working_days(5),
    payment=_ALL_IN_5_DAYS,
)
"""32号令; by instalments: `EQUITY_INSTALMENTS`."""
EQUITY_INSTALMENTS = (
    Instalment(share=Fraction(3, 10), within=working_days(5)),
    Instalment(share=Fraction(1), within=_YEAR),
)
"""32号令 art. 28: three tenths at once, the rest within a year against security and interest."""

_ALL = (
    Profile(
        code="land_listing_suzhou_wuxi",
        title="国有建设用地网上挂牌 (苏州/无锡)",
        source="Suzhou/Wuxi net-listing rules: stop window of the last hour, 4 minutes, full reset",
        free_us=None,
        limited_us=4 * _MINUTE,
        stop_window_us=_HOUR,
        deposit=_LAND_DEPOSIT,
        periods=_LAND,
    ),
    Profile(
        code="land_listing_shantou",
        title="国有建设用地网上挂牌 (汕头)",
        source="Shantou net-trading rules art. 19-24: reserve 30 minutes before, 5 minutes to confirm",
        free_us=None,
        limited_us=5 * _MINUTE,
        inquiry_us=5 * _MINUTE,
        must_have_quoted=True,
        reserve_entry_us=30 * _MINUTE,
        deposit=_LAND_DEPOSIT,
        periods=_LAND,
    ),
    Profile(
        code="land_auction_qinzhou",
        title="国有建设用地网上拍卖 (钦州)",
        source="Qinzhou natural-resources notice of 2021-09-27: one hour free, then 5 minutes looping",
        free_us=_HOUR,
        limited_us=5 * _MINUTE,
        deposit=_LAND_DEPOSIT,
        periods=_LAND_AUCTION,
    ),
    Profile(
        code="land_listing_chongqing",
        title="国有建设用地网上挂牌 (重庆)",
        source="Chongqing net-listing rule: 4 minutes, full reset, everybody goes on",
        free_us=None,
        limited_us=4 * _MINUTE,
        deposit=_LAND_DEPOSIT,
        periods=_LAND,
    ),
    Profile(
        code="land_listing_zijin",
        title="国有建设用地网上挂牌 (紫金)",
        source="Zijin notice of 2020: all valid bidders go on by themselves; 5 minutes are a default",
        free_us=None,
        limited_us=5 * _MINUTE,
        deposit=_LAND_DEPOSIT,
        periods=_LAND,
    ),
    Profile(
        code="land_listing_jiangxi",
        title="国有建设用地网上挂牌 (江西)",
        source="赣自然资规〔2022〕1号; its minutes could not be read: 5 is a default to be changed",
        free_us=None,
        limited_us=5 * _MINUTE,
        deposit=_LAND_DEPOSIT,
        periods=_LAND,
    ),
    Profile(
        code="mining_listing",
        title="矿业权网上挂牌",
        source="自然资规〔2023〕1号; one bidder may take a listing",
        free_us=None,
        limited_us=5 * _MINUTE,
        periods=_MINING,
    ),
    Profile(
        code="mining_auction",
        title="矿业权网上拍卖",
        source="自然资规〔2023〕1号, 国土资发〔2011〕242号 art. 17: at least three bidders",
        free_us=_HOUR,
        limited_us=5 * _MINUTE,
        bidders_min=3,
        periods=replace(_MINING, listing_min=None),
    ),
    Profile(
        code="equity_multiple",
        title="产权网络竞价·多次报价",
        source="32号令; exchange rules: free period, then cycles of 60-300 s; rights matched in the room",
        free_us=30 * _MINUTE,
        limited_us=180 * _SECOND,
        first_refusal=_MATCH,
        deposit=_EQUITY_DEPOSIT,
        periods=_EQUITY,
    ),
    Profile(
        code="equity_dynamic",
        title="产权网络竞价·动态报价",
        source="Exchange rules: the free period runs during the disclosure",
        free_us=None,
        limited_us=180 * _SECOND,
        first_refusal=_MATCH,
        deposit=_EQUITY_DEPOSIT,
        periods=_EQUITY,
    ),
    Profile(
        code="forest_jiangxi",
        title="林权网络竞价 (江西)",
        source="Forest-right notices Taihe 2025 (10 min, 120 s); Fengshushan 2025 has 30 min, 60 s",
        free_us=10 * _MINUTE,
        limited_us=120 * _SECOND,
        periods=Periods(notice_min=days(10), refund_losers=working_days(5)),
    ),
    Profile(
        code="emission_ningxia",
        title="排污权网上竞价 (宁夏)",
        source="Ningxia emission-permit auction notice 2025: two bidders wait 4 minutes, then bid on",
        free_us=8 * _DAY,
        limited_us=4 * _MINUTE,
        limited_bidders_min=2,
        inquiry_us=4 * _MINUTE,
        inquiry_min_confirmed=0,
        periods=Periods(
            notice_min=days(5),
            listing_min=days(1),
            refund_losers=working_days(5),
            payment=(Instalment(share=Fraction(1), within=working_days(7)),),
        ),
    ),
    Profile(
        code="court_sale",
        title="司法网络拍卖",
        source="法释〔2016〕18号: 24 hours, tail of 5 minutes, rights matched in the room, deposit 5-20 %",
        free_us=_DAY,
        limited_us=None,
        tail=Extension(by_us=5 * _MINUTE, window_us=5 * _MINUTE),
        first_refusal=_MATCH,
        deposit=DepositRule(ratio_min=Fraction(1, 20), ratio_max=Fraction(1, 5)),
        start=StartRule(ratio_min=Fraction(7, 10), cut_max=Fraction(1, 5)),
        periods=Periods(
            notice_min=days(15), refund_losers=Period(length=24, unit=PeriodUnit.HOURS)
        ),
    ),
)
PROFILES = {profile.code: profile for profile in _ALL}
