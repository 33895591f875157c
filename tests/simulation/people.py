"""Those who use the platform: they ask through the real desk, remember what they were told, and ask again."""

import asyncio
from random import Random
from typing import Any

from auction.codec import command_kind
from auction.commands import (
    AdmitBidder,
    AnnounceLot,
    AskedCommand,
    CallWarning,
    ConfirmParticipation,
    ExtendClosing,
    HammerLot,
    MakeMove,
    PlaceBid,
    RegisterBidder,
    ResumeLot,
    SuspendLot,
    WithdrawLot,
    own_id,
)
from auction.desk import AnswerUnknownError, Desk
from auction.journal import JournalError
from auction.outbox import Reply
from bidding_rules.terms import Terms
from tests.history.records import ACCEPTED, LOOK_UP, Operation, Shown, Told
from tests.simulation.lots import STEP
from tests.simulation.moves import BIDDERS_MOVES, Player, as_command, conducted
from tests.simulation.postgres import SimulatedJournal
from tests.simulation.world import World

BUSY_S = 7.0
"""So long people keep a lot from ending by bidding and interfering."""
_OVER = ("sold", "unsold", "withdrawn")


class Room:
    """A web process as people see it: its desk, its screen, and the journal to ask by id."""

    def __init__(
        self, world: World, desk: Desk, other_desk: Desk, journal: SimulatedJournal
    ) -> None:
        self._world, self._desk, self._journal = world, desk, journal
        self._other_desk = other_desk
        self.operations: list[Operation] = []
        self.shown: list[Shown] = []
        self.states: dict[str, dict[str, Any]] = {}
        self.unsure: dict[tuple[str, str], None] = {}
        self.commands: dict[tuple[str, str], AskedCommand] = {}
        self._seen: dict[str, int] = {}
        self._gaps: set[str] = set()
        self._misses = asyncio.Event()

    async def ask(self, command: AskedCommand, *, elsewhere: bool = False) -> Told | None:
        """Ask once, here or through another web process; None when the answer is unknown."""
        sent, told = self._world.now_us(), None
        self.commands.setdefault((command.lot_id, command.command_id), command)
        try:
            told = _told(await (self._other_desk if elsewhere else self._desk).ask(command))
        except AnswerUnknownError:
            self.unsure[command.lot_id, command.command_id] = None
        self.operations.append(
            Operation(
                lot_id=command.lot_id,
                command_id=command.command_id,
                sent_us=sent,
                told=told,
                answered_us=None if told is None else self._world.now_us(),
                amount=getattr(command, "amount", None),
                kind=command_kind(command),
            )
        )
        self._world.trace(f"{command.command_id} told {told}")
        return told

    async def look_up(self, lot_id: str, command_id: str) -> Told | None:
        """Ask what became of an id; None while the database is away."""
        sent = self._world.now_us()
        try:
            told = await self._journal.first_answer(lot_id, command_id)
        except JournalError:
            return None
        answered = self._world.now_us()
        asked = Operation(lot_id, command_id, sent, told, answered, kind=LOOK_UP)
        self.operations.append(asked)
        self.unsure.pop((lot_id, command_id), None)
        return told

    def hear(self, news: tuple[str, list[dict[str, Any]], dict[str, Any]]) -> None:
        """Show what is news, in order; where something is missing, ask for it later."""
        lot_id, events, state = news
        if state["seq"] >= self.states.get(lot_id, state)["seq"]:
            self.states[lot_id] = state
        self._show(lot_id, events)

    async def keep_whole(self) -> None:
        """Fill gaps from the journal, as the hub does."""
        while True:
            await self._misses.wait()
            await asyncio.sleep(0.1)
            await self.fill_gaps()

    async def fill_gaps(self) -> None:
        """Show what was missed."""
        for lot_id in sorted(self._gaps):
            try:
                events = await self._journal.events_after(lot_id, self._seen.get(lot_id, 0))
            except JournalError:
                continue
            self._gaps.discard(lot_id)
            self._show(lot_id, events)
        if not self._gaps:
            self._misses.clear()

    def is_over(self, lot_id: str) -> bool:
        """Tell whether the screen says that the lot is over."""
        return self.states.get(lot_id, {}).get("status") in _OVER

    def _show(self, lot_id: str, events: list[dict[str, Any]]) -> None:
        for event in events:
            seen = self._seen.get(lot_id, 0)
            if event["seq"] == seen + 1:
                self._seen[lot_id] = event["seq"]
                self.shown.append(Shown("screen", lot_id, event))
            elif event["seq"] > seen:
                self._gaps.add(lot_id)
                self._misses.set()


class Bidder:
    """Bids on one lot, well and badly, and insists on an answer."""

    def __init__(self, world: World, room: Room, lot_id: str, name: str, number: str) -> None:
        self._world, self._room, self._lot_id, self._name = world, room, lot_id, name
        self._rng = Random(f"{name} {lot_id} {world.seed}")
        self._mine: list[AskedCommand] = []
        self._player = Player(number=number, rng=self._rng)
        self._asked = 0

    async def run(self) -> None:
        """Bid until the lot is over, or until enough is enough."""
        while not self._room.is_over(self._lot_id) and self._world.loop.now < BUSY_S:
            await asyncio.sleep(self._pause_s())
            await self._insist(self._command())

    def _pause_s(self) -> float:
        closes_at = self._room.states.get(self._lot_id, {}).get("closes_at_us")
        if closes_at is not None and self._rng.random() < 0.3:
            return max(
                0.0, (closes_at - self._world.now_us()) / 1e6 + self._rng.uniform(-0.05, 0.02)
            )
        return self._rng.expovariate(1 / 0.4)

    def _command(self) -> AskedCommand:
        self._asked += 1
        state, chance = self._room.states.get(self._lot_id, {}), self._rng.random()
        named = {
            "lot_id": self._lot_id,
            "command_id": own_id(self._name, f"{self._asked}"),
            "actor": self._name,
        }
        if state.get("phase") == "inquiry":
            return ConfirmParticipation(**named)
        move = BIDDERS_MOVES.get(state.get("format", ""), _nothing)(self._player, state)
        if move is not None:
            return MakeMove(**named, move=move)
        lowest = state.get("amount_min_fen") or 100
        if chance < 0.1:
            return PlaceBid(**named, amount=max(1, lowest - STEP))
        if chance < 0.15:
            return PlaceBid(**named, amount=lowest + STEP // 2)
        return PlaceBid(**named, amount=lowest + STEP * (chance > 0.8))

    async def _insist(self, command: AskedCommand) -> None:
        """Ask; where the answer stays unknown, ask by id or again with the same id.

        Now and then he repeats something, also what he asked long ago.
        """
        self._mine.append(command)
        told = await self._room.ask(command)
        for _ in range(3):
            if told is not None:
                break
            if self._rng.random() < 0.2:  # He gives up, and tries another amount by the same id.
                await self._ask_for_more(command, elsewhere=False)
            await asyncio.sleep(self._rng.uniform(0.0, 0.5))
            if self._rng.random() < 0.4:
                await self._room.look_up(self._lot_id, command.command_id)
            else:
                told = await self._room.ask(command)
        chance = self._rng.random()
        if chance < 0.05:
            await self._room.ask(command)
        elif chance > 0.95:
            await self._room.look_up(command.lot_id, command.command_id)
        elif chance < 0.08:
            await self._ask_for_more(command, elsewhere=chance < 0.065)
        elif chance < 0.12:
            await self._room.ask(self._rng.choice(self._mine))

    async def _ask_for_more(self, command: AskedCommand, *, elsewhere: bool) -> None:
        if isinstance(command, PlaceBid):
            named = {"lot_id": command.lot_id, "command_id": command.command_id}
            more = PlaceBid(**named, actor=self._name, amount=command.amount + STEP)
            await self._room.ask(more, elsewhere=elsewhere)


class Auctioneer:
    """Announces a lot, lets bidders in, and now and then interferes."""

    def __init__(self, world: World, room: Room, lot_id: str, terms: Terms) -> None:
        self._world, self._room, self._lot_id, self._terms = world, room, lot_id, terms
        self._rng = Random(f"auctioneer {lot_id} {world.seed}")
        self._asked = 0

    async def run(self, bidders: list[str]) -> None:
        """Do the whole sale."""
        await self._insist(AnnounceLot(**self._named("announce"), terms=self._terms))
        for number, bidder in enumerate(bidders):
            who = {"bidder_id": bidder}
            register = self._named(f"register {bidder}")
            await self._insist(RegisterBidder(**register, **who, number=f"N{number}"))
            if self._terms.deposit:
                await self._insist(AdmitBidder(**self._named(f"admit {bidder}"), **who))
        while not self._room.is_over(self._lot_id):
            await asyncio.sleep(self._rng.uniform(0.2, 1.0))
            state = self._room.states.get(self._lot_id, {})
            is_late = self._world.loop.now >= BUSY_S
            if state.get("status") == "suspended":
                await self._resume()
            elif state.get("format") == "english" and (is_late or self._rng.random() < 0.7):
                act = conducted(self._rng, state, is_late=is_late)
                await self._insist(as_command(act, self._next()))
            elif not is_late:
                await self._interfere(self._rng.random())

    async def _interfere(self, chance: float) -> None:
        if chance < 0.16:
            await self._insist(SuspendLot(**self._next(), reason="查询"))
        elif chance < 0.22:
            by_us = self._rng.randint(1, 1_000_000)
            await self._insist(ExtendClosing(**self._next(), by_us=by_us, reason="延长"))
        elif chance < 0.23:
            await self._insist(WithdrawLot(**self._next(), reason="撤牌"))
        elif self._terms.calls_before_hammer is not None:
            last = chance > 0.6
            await self._insist((HammerLot if last else CallWarning)(**self._next()))

    async def _resume(self) -> None:
        await self._insist(
            ResumeLot(**self._next(), notice_us=self._rng.choice((0, 300_000, 600_000)))
        )

    async def _insist(self, command: AskedCommand) -> None:
        while True:
            told = await self._room.ask(command)
            if told is not None and told.code not in ("engine_busy", "lot_unknown"):
                return
            await asyncio.sleep(0.2)

    def _next(self) -> dict[str, str]:
        self._asked += 1
        return self._named(f"{self._asked}")

    def _named(self, chosen: str) -> dict[str, str]:
        return {
            "lot_id": self._lot_id,
            "command_id": own_id("hall", chosen),
            "actor": "hall",
        }


def _nothing(_player: Player, _state: dict[str, Any]) -> None:
    """Return no move: who sells by amounts is bid amounts."""


def _told(reply: Reply) -> Told:
    refused = reply.rejection
    return Told(
        ACCEPTED if refused is None else str(refused.code),
        reply.entry,
        reply.seq,
        reply.at_us,
        None if refused is None else refused.amount_min,
    )
