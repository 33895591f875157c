"""Double-entry book-keeping, pure: whose money is where. Debits positive, credits negative, sum zero."""

from dataclasses import dataclass

BANK = "bank"
"""银行存款: the settlement bank account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One side of an entry, in fen."""

    account: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A booking. Raises `ValueError` unless its lines sum to zero and none is zero."""

    entry_id: str
    reason: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if any(line.amount_fen == 0 for line in self.lines):
            raise ValueError(f"{self.entry_id}: a line of nothing")
        if sum(line.amount_fen for line in self.lines) != 0:
            raise ValueError(f"{self.entry_id}: the lines do not sum to zero")


def received_account(deposit_id: str) -> str:
    """Return the account of money received for a deposit but not confirmed (应付: 待确认保证金)."""
    return f"deposit:{deposit_id}:received"


def frozen_account(deposit_id: str) -> str:
    """Return the account of a confirmed deposit, frozen until the lot is decided (冻结保证金)."""
    return f"deposit:{deposit_id}:frozen"


def receipt_booked(receipt_id: str, deposit_id: str, amount_fen: int) -> Entry:
    """Return the booking of money seen at the bank."""
    return Entry(
        entry_id=f"receipt:{receipt_id}",
        reason="deposit received",
        lines=(
            Line(account=BANK, amount_fen=amount_fen),
            Line(account=received_account(deposit_id), amount_fen=-amount_fen),
        ),
    )


def deposit_frozen(deposit_id: str, amount_fen: int) -> Entry:
    """Return the booking of a confirmed deposit."""
    return Entry(
        entry_id=f"confirmation:{deposit_id}",
        reason="deposit confirmed",
        lines=(
            Line(account=received_account(deposit_id), amount_fen=amount_fen),
            Line(account=frozen_account(deposit_id), amount_fen=-amount_fen),
        ),
    )
