"""What a history consists of: what was asked and told, what stands in the journal, what screens showed.

Any run can be written down like this, a simulated one or a real one: `Operation`s by the bidders, each
attempt on its own; `Decision`s read from the `journal` table when the run is over. All instants are
microseconds; those of operations must come from one clock, which need not be the servers'.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

ACCEPTED = "accepted"
NEVER_SEEN = "never_seen"
PLACE_BID = "place_bid"
LOOK_UP = "look_up"


class Told(msgspec.Struct, frozen=True, gc=False):
    """What somebody was told: `accepted`, `never_seen`, or the code of a refusal.

    `entry` 0 says that nothing was decided: turned away at the door, unknown lot, id used before.
    """

    code: str
    entry: int = 0
    seq: int = 0
    at_us: int = 0
    amount_min: int | None = None


class Operation(msgspec.Struct, frozen=True, gc=False):
    """One attempt to bid or ask, or one look-up of what became of an id (`kind` is `look_up`).

    `command_id` is the id as the journal has it (`own_id`). An attempt with no answer, or with the answer
    that it is unknown, has `told` None; when it was given up does not matter.
    """

    lot_id: str
    command_id: str
    sent_us: int
    told: Told | None = None
    answered_us: int | None = None
    amount: int | None = None
    kind: str = PLACE_BID


class Decision(msgspec.Struct, frozen=True, gc=False):
    """A row of the journal; `command`, `events` and `rejection` as the JSON text that stands there.

    `committed` is its place among all commits of its shard, where a run can tell; 0 where it cannot.
    """

    lot_id: str
    entry: int
    seq: int
    epoch: int
    command_id: str
    arrived_us: int
    stream_id: str
    kind: str
    command: str | bytes
    events: str | bytes
    rejection: str | bytes | None
    shard: int = 0
    committed: int = 0


class Shown(msgspec.Struct, frozen=True, gc=False):
    """A public event as a screen showed it (`lot_id`, `seq`, `kind`, ...), in the order of showing."""

    screen: str
    lot_id: str
    event: dict


class Leaf(msgspec.Struct, frozen=True, gc=False):
    """A leaf of the log: its place, whose it is, its hash, and the salts that its decision is bound with."""

    place: int
    lot_id: str
    entry: int
    hash: bytes
    decision_salt: bytes
    events_salt: bytes


class Outage(msgspec.Struct, frozen=True, gc=False):
    """A time in which certainly nobody served a shard, on the clock of arrivals: ends excluded."""

    shard: int
    from_us: int
    to_us: int


class Takeover(msgspec.Struct, frozen=True, gc=False):
    """`epoch` began after `committed` commits of its shard."""

    shard: int
    epoch: int
    committed: int


@dataclass(frozen=True, kw_only=True)
class History:
    """A run. Only `decisions` and `operations` are needed; what else is known is judged too.

    `settled_us`: the journal was read at this instant (clock of arrivals) after more than two seconds in
    which everything worked; None: nothing is asked of lots that still run. `recovered_us`: from this instant
    (clock of operations) on everything worked again, and whoever had no answer asked for it; None: nobody
    is known to have asked. `leaves`: the log as it was read after the journal; None: none was kept. `signed`:
    size and root of its last checkpoint.
    """

    decisions: Sequence[Decision]
    operations: Sequence[Operation]
    shown: Sequence[Shown] = ()
    outages: Sequence[Outage] = ()
    takeovers: Sequence[Takeover] = ()
    settled_us: int | None = None
    recovered_us: int | None = None
    leaves: Sequence[Leaf] | None = None
    signed: tuple[int, bytes] | None = None


class Violation(msgspec.Struct, frozen=True, gc=False):
    """A promise that was broken: its name in the architecture, the lot, and how."""

    invariant: str
    lot_id: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.lot_id}: {self.what}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What `judged` found. `not_recomputed`: lots whose terms the independent program does not know."""

    violations: list[Violation] = field(default_factory=list)
    not_recomputed: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return the number of violations of every invariant that was looked at, zeros included."""
        found = dict.fromkeys(INVARIANTS, 0)
        for violation in self.violations:
            found[violation.invariant] += 1
        return found


INVARIANTS = {
    "I1": "told accepted: exactly that decision is in the journal",
    "I2": "entries of a lot are 1..n, and so are its public events",
    "I3": "each accepted price satisfies the rule against the one before",
    "I4": "arrival is the stamp of the inbox and never goes back",
    "I5": "accepted bids arrived before the close in force; the close moves by the written rule only",
    "I6": "one result, after all bids, equal to an independent recomputation",
    "I7": "one effect per command id; a repeat gets the first answer",
    "I8": "epochs never go back; nothing of an epoch after the next one began",
    "I9": "told refused: never accepted",
    "I10": "answered before sent: ordered so",
    "I11": "a refusal is justified by what was in force",
    "I12": "what was unknown has an answer within five seconds of recovery",
    "I13": "nobody bids without having been admitted",
    "I14": "before the opening nothing opens a sealed bid",
    "I15": "every decision is exactly one leaf of the log",
    "I16": "nobody bids on what he runs or approves what he asked for",
    "O1": "an outage never decides a sale",
    "L1": "a due lot is ended within two seconds or announced suspended",
    "P1": "what a screen shows is a prefix of the journal",
}
