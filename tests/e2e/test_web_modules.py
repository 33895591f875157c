"""The pages' own modules, in the browser that runs them: clock, languages, feed, lot, session."""

import pytest

# One browser for the module: starting one takes longer than any test here.
pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


async def test_a_countdown_shows_zero_only_when_nothing_is_left(run):
    spans = [0, -5, 1, 1_000_000, 1_000_001, 59_999_999, 60_000_000, 3_600_000_000, 90_061_000_000]
    shown = await run("clock.js", "(m, spans) => spans.map((us) => m.countdown(us, '天'))", spans)
    assert shown == [
        *("00:00", "00:00", "00:01", "00:01", "00:02", "01:00", "01:00", "1:00:00"),
        "1 天 01:01:01",
    ]


async def test_the_server_clock_is_read_from_the_quickest_exchange(run):
    off_by_us = await run(
        "clock.js",
        """(m) => {
            const truth = 1_800_000_000_000_000;
            const at = m.counterUs();
            m.learn(at, truth + 400_000, at + 800_000);
            m.learn(at, truth + 1_000, at + 2_000);
            m.learn(at, truth + 300_000, at + 700_000);
            return m.serverNow() - truth - (m.counterUs() - at);
        }""",
    )
    assert abs(off_by_us) <= 1_000


async def test_every_text_is_there_in_both_languages_and_takes_its_values(run):
    shown = await run(
        "i18n.js",
        """(m) => {
            const both = ["zh", "en"].map((language) => {
                m.choose(language);
                return [m.t("hero.bids", { n: 3 }), m.maybe("status.sold"), m.maybe("no.such", "-"),
                        m.say({ zh: "槌", en: "hammer" }), m.span(3_723_000_000), m.span(400_000),
                        document.documentElement.lang];
            });
            const gaps = Object.entries(m.TEXTS).filter(([, pair]) => pair.filter(Boolean).length !== 2);
            return { both, gaps };
        }""",
    )
    assert shown["gaps"] == []
    assert shown["both"] == [
        ["3 次报价", "已成交", "-", "槌", "1 小时 2 分钟 3 秒", "0.4 秒", "zh-CN"],
        ["Bids: 3", "Sold", "-", "hammer", "1 h 2 min 3 s", "0.4 s", "en"],
    ]


async def test_instants_are_shown_in_beijing_time(run):
    at_us = 1_795_453_437_991_000
    shown = await run("i18n.js", "(m, us) => m.when('exact', us)", at_us)
    assert shown == "01:03:57.991"


LOT = """
const notice = { start_fen: 1000, increment_fen: 100, cap_fen: 1500, opens_at_us: 50 };
const open = (more) => ({ status: "open", phase: "free", price_fen: null, amount_min_fen: 1000,
    closes_at_us: 900, remaining_us: null, resumes_at_us: null, result: null, ...more });
"""


async def test_the_ladder_starts_at_the_lowest_bid_and_stops_at_the_cap(run):
    first, later, none = await run(
        "lot.js",
        f"""(m) => {{ {LOT}
            return [m.ladder(open({{}}), notice),
                    m.ladder(open({{ price_fen: 1200, amount_min_fen: 1300 }}), notice),
                    m.ladder(open({{ price_fen: 1500, amount_min_fen: null }}), notice)]; }}""",
    )
    assert first == [1000, 1100, 1200, 1400]
    assert later == [1300, 1400, 1500]
    assert none == []


async def test_a_step_never_leaves_what_may_be_bid(run):
    steps = await run(
        "lot.js",
        f"""(m) => {{ {LOT}
            const state = open({{ price_fen: 1200, amount_min_fen: 1300 }});
            return [m.stepped(1300, -1, state, notice), m.stepped(1400, -1, state, notice),
                    m.stepped(1400, 1, state, notice), m.stepped(1500, 1, state, notice)]; }}""",
    )
    assert steps == [1300, 1300, 1500, 1500]


async def test_the_clock_counts_to_what_comes_next(run):
    counted = await run(
        "lot.js",
        f"""(m) => {{ {LOT}
            return [open({{ status: "announced" }}), open({{}}),
                    open({{ status: "suspended", remaining_us: 7 }}),
                    open({{ status: "resuming", resumes_at_us: 30 }}), open({{ status: "sold" }})]
                .map((state) => m.clockOf(state, notice, 10)); }}""",
    )
    assert counted == [
        {"label": "clock.opens", "leftUs": 40},
        {"label": "clock.closes", "leftUs": 890},
        {"label": "clock.kept", "leftUs": 7},
        {"label": "clock.resumes", "leftUs": 20},
        None,
    ]


FEED = """
let asked = 0;
const feed = new m.LotFeed("L", () => { asked += 1; });
const bid = (seq) => ({ lot_id: "L", seq, kind: "bid_accepted", number: "A1", amount_fen: seq, at_us: seq });
const watched = (seq) => feed.endWatching({ ok: true, state: { lot_id: "L", seq }, history: [] });
const numbers = () => feed.history.value.map((one) => one.seq);
"""


async def test_an_event_that_was_missed_is_noticed_and_asked_for(run):
    before, after, history = await run(
        "lot_feed.js",
        f"""(m) => {{ {FEED}
            feed.beginWatching(); watched(3);
            feed.takeEvent(bid(4)); feed.takeEvent(bid(4)); feed.takeEvent(bid(2));
            const before = asked;
            feed.takeEvent(bid(6));
            return [before, asked, numbers()]; }}""",
    )
    assert (before, after, history) == (0, 1, [4])


async def test_events_that_come_while_the_lot_is_asked_for_are_kept(run):
    history, twice = await run(
        "lot_feed.js",
        f"""(m) => {{ {FEED}
            feed.beginWatching();
            const twice = feed.beginWatching();
            feed.takeEvent(bid(3)); feed.takeEvent(bid(4)); feed.takeEvent(bid(5));
            watched(3);
            return [numbers(), twice]; }}""",
    )
    assert history == [4, 5]
    assert twice is False


async def test_who_comes_back_goes_on_where_he_was(run):
    question, history, asked = await run(
        "lot_feed.js",
        f"""(m) => {{ {FEED}
            const answer = (seq, more) =>
                feed.endWatching({{ ok: true, epoch: "e", state: {{ lot_id: "L", seq }}, ...more }});
            feed.beginWatching();
            answer(3, {{ recovered: false, history: [bid(3)] }});
            feed.takeEvent(bid(4));
            const question = feed.question();
            feed.beginWatching();
            answer(6, {{ recovered: true, events: [bid(4), bid(5), bid(6)] }});
            feed.takeBeat({{ epoch: "e", seq: 6 }});
            const before = asked;
            feed.takeBeat({{ epoch: "e", seq: 7 }});
            feed.takeBeat({{ epoch: "f", seq: 6 }});
            return [question, numbers(), [before, asked]]; }}""",
    )
    assert question == {"lot_id": "L", "epoch": "e", "seq": 4}
    assert history == [3, 4, 5, 6]
    assert asked == [0, 2]


async def test_a_price_that_runs_ahead_of_its_events_for_long_counts_as_a_gap(run):
    at_once, later = await run(
        "lot_feed.js",
        f"""async (m) => {{ {FEED}
            feed.beginWatching(); watched(3);
            feed.takePrice({{ lot_id: "L", seq: 5 }});
            const atOnce = asked;
            await new Promise((resolve) => setTimeout(resolve, 2300));
            return [atOnce, asked]; }}""",
    )
    assert (at_once, later) == (0, 1)


async def test_an_older_state_never_replaces_a_newer_one(run):
    assert (
        await run(
            "lot_feed.js",
            f"""(m) => {{ {FEED}
            feed.beginWatching(); watched(5); feed.takePrice({{ lot_id: "L", seq: 4 }});
            return feed.state.value.seq; }}""",
        )
        == 5
    )


STANDINGS = [
    (None, {"status": "open"}, False, "observer"),
    ({"status": "deposit_recorded"}, {"status": "open"}, False, "not_admitted"),
    ({"status": "admitted", "number": "A"}, {"status": "open"}, False, "idle"),
    ({"status": "admitted", "number": "A"}, {"status": "open", "leader": "A"}, True, "leading"),
    ({"status": "admitted", "number": "A"}, {"status": "open", "leader": "B"}, True, "outbid"),
    ({"status": "admitted", "number": "A"}, {"result": {"winner": "A"}}, True, "won"),
    ({"status": "admitted", "number": "A"}, {"result": {"winner": "B"}}, True, "lost"),
    ({"status": "admitted", "number": "A"}, {"result": {"winner": None}}, False, "over"),
    ({"status": "admitted", "number": "A"}, {"status": "withdrawn"}, True, "over"),
    ({"status": "none"}, {"result": {"winner": "B"}}, False, "over"),
]


async def test_where_a_bidder_stands_follows_from_number_leader_and_result(run):
    given = [[application, state, bid] for application, state, bid, _ in STANDINGS]
    read = await run(
        "room_model.js",
        """(m, rows) => rows.map(([application, state, hasBid]) =>
            m.standingOf(application, { status: "open", leader: null, result: null, ...state }, hasBid))""",
        given,
    )
    assert read == [standing for *_, standing in STANDINGS]


async def test_the_room_is_told_who_did_what_when_and_why_in_both_languages(run):
    noon = 1_767_240_000_000_000  # 12:00 in Beijing, wherever the reader is.
    told = await run(
        "components/interruption.js",
        """async (m, notices) => {
            const { choose } = await import(document.querySelector(
                "script[type=importmap]").text.match(/\\/static\\/[0-9a-f]+/)[0] + "/i18n.js");
            return ["zh", "en"].map((language) => {
                choose(language);
                return notices.map((one) => [m.toldOf(one), m.reasonOf(one)]);
            }); }""",
        [
            {"kind": "suspended", "text": "权属异议", "at_us": noon, "cause": "auctioneer"},
            {"kind": "suspended", "text": "zh · en", "at_us": noon, "cause": "outage"},
            {
                "kind": "resumed",
                "text": "",
                "at_us": noon,
                "cause": "outage",
                "resumes_at_us": noon + 60_000_000,
                "closes_at_us": noon + 90_000_000,
            },
            {
                "kind": "extended",
                "text": "核对",
                "at_us": noon,
                "cause": "auctioneer",
                "by_us": 90_000_000,
                "closes_at_us": noon + 120_000_000,
            },
            {"kind": "withdrawn", "text": "申请终止", "at_us": noon, "cause": "auctioneer"},
        ],
    )
    zh, en = told
    assert zh == [
        ["拍卖师于 12:00:00 中止竞价。", "权属异议"],
        ["系统于 12:00:00 中止竞价。", "系统服务中断，与竞买人无关"],
        [
            "系统于 12:00:00 公告恢复：12:01:00 起可以报价，恢复时的截止时间为 12:01:30。",
            "",
        ],
        ["拍卖师于 12:00:00 将竞价延长 1 分钟 30 秒，截止时间延至 12:02:00。", "核对"],
        ["拍卖师于 12:00:00 撤牌，本标的不再竞价。", "申请终止"],
    ]
    assert [words for words, _ in en] == [
        "The auctioneer suspended bidding at 12:00:00.",
        "The system suspended bidding at 12:00:00.",
        (
            "The system announced at 12:00:00 that bidding goes on from 12:01:00, with the close then at"
            " 12:01:30."
        ),
        "The auctioneer extended bidding at 12:00:00 by 1 min 30 s, to 12:02:00.",
        "The auctioneer withdrew the lot at 12:00:00; it is not sold.",
    ]


async def test_signing_in_never_leads_to_another_site(run):
    rows = await run(
        "session.js",
        """(m, addresses) => addresses.map((next) => m.afterSignIn(next, ["auctioneer"]))""",
        [
            "/lots/A?x=1",
            "//evil.example/",
            "/\\evil.example",
            "https://evil.example",
            "javascript:1",
        ],
    )
    assert rows == ["/lots/A?x=1", "/console", "/console", "/console", "/console"]
