"""What a lot's record must keep of what bidders were told, and how it may speak of outages."""

from dataclasses import dataclass

from tests.support.crowd import Memory
from tests.support.demo import Demo

_PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Record:
    """A lot as its supervisor and the public can read it, and who is behind an account."""

    entries: list[dict]
    """The journal: every decision."""
    events: list[dict]
    """The public events."""
    accounts: dict[str, str]
    """Account by login."""


def record_of(demo: Demo, lot: str, token: str) -> Record:
    """Read a lot to its end. `token` is a supervisor's."""
    return Record(
        entries=_all(demo, f"/api/supervision/lots/{lot}/journal", "entries", "entry", token),
        events=_all(demo, f"/api/lots/{lot}/events", "events", "seq", token),
        accounts={login: person["account_id"] for login, person in demo.people.items()},
    )


def _all(demo: Demo, path: str, kind: str, number: str, token: str) -> list[dict]:
    found: list[dict] = []
    while True:
        after = found[-1][number] if found else 0
        _, page = demo.call("GET", f"{path}?after={after}&limit={_PAGE}", token=token)
        if not page[kind]:
            return found
        found += page[kind]


def faults(memory: Memory, record: Record) -> list[str]:
    """Return every way in which the record contradicts what was told, or itself."""
    return [
        *_gaps(record),
        *_steps_back(record),
        *_forgotten(memory, record),
        *_outages_that_took_time(record.events),
    ]


def _gaps(record: Record) -> list[str]:
    found = []
    for name, rows, number in (
        ("entries", record.entries, "entry"),
        ("events", record.events, "seq"),
    ):
        if [row[number] for row in rows] != list(range(1, len(rows) + 1)):
            found.append(f"{name} have gaps")
    return found


def _steps_back(record: Record) -> list[str]:
    found = []
    for name in ("arrived_at_us", "epoch"):
        values = [entry[name] for entry in record.entries]
        if values != sorted(values):
            found.append(f"{name} goes back")
    return found


def _forgotten(memory: Memory, record: Record) -> list[str]:
    """Compare every answer with the decision of its id, and with the public event of its number."""
    decided = {entry["command"].get("command_id"): entry for entry in record.entries}
    public = {event["seq"]: event for event in record.events}
    found = []
    for attempt, answer in memory.accepted.values():
        entry = decided.get(f"{record.accounts[attempt.login]}:{attempt.bid_id}")
        event = public.get(answer["seq"], {})
        as_told = (answer["entry"], answer["at_us"], attempt.amount_fen, None)
        if entry is None or as_told != (
            entry["entry"],
            entry["arrived_at_us"],
            entry["command"]["amount"],
            entry["rejection"],
        ):
            found.append(f"acknowledged, but not so in the journal: {answer}")
        if (event.get("number"), event.get("amount_fen")) != (
            answer["number"],
            attempt.amount_fen,
        ):
            found.append(f"acknowledged, but not public: {answer}")
    for attempt, code in memory.refused.values():
        entry = decided.get(f"{record.accounts[attempt.login]}:{attempt.bid_id}")
        if entry is None or (entry["rejection"] or {}).get("code") != code:
            found.append(f"refused with {code}, but not so in the journal: {attempt}")
    return found + [
        f"turned away, but in the journal: {attempt}"
        for attempt in memory.turned_away.values()
        if f"{record.accounts[attempt.login]}:{attempt.bid_id}" in decided
    ]


def _outages_that_took_time(events: list[dict]) -> list[str]:
    """Follow the clock: an outage keeps what was left of it, and nothing happens in between."""
    found, closes_at, remaining, is_open = [], 0, 0, False
    for event in events:
        match event["kind"]:
            case "lot_suspended":
                left = closes_at - event["at_us"] if is_open else remaining
                if event["cause"] != "outage" or event["remaining_us"] != left:
                    found.append(f"the time left was {left}: {event}")
                remaining, is_open = left, False
            case "lot_resumed":
                if is_open or event["closes_at_us"] != event["resumes_at_us"] + remaining:
                    found.append(f"the time to go on with was {remaining}: {event}")
            case "lot_opened" | "bidding_reopened":
                is_open = True
            case "sale_ended":
                found.append(f"sold in spite of bids that never stopped: {event}")
            case "bid_accepted" if not is_open:
                found.append(f"accepted while nobody could bid: {event}")
        closes_at = event.get("closes_at_us", closes_at)
    return found


def suspensions(record: Record) -> list[dict]:
    """Return the announced outages."""
    return [event for event in record.events if event["kind"] == "lot_suspended"]
