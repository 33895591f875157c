"""What a batch asks for is looked up; the lots that nobody asks for cost it nothing."""

from collections.abc import AsyncIterator, Iterator, Mapping

from auction.journal import Row
from auction.recovery import recall
from auction.state import Lot


class Many(dict[str, Lot]):
    """So many lots that nobody may walk through them."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("somebody walks through all lots")

    keys = items = values = __iter__  # type: ignore[assignment]


class Journal:
    """One that takes note of what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def recall(self, known: Mapping[str, int]) -> AsyncIterator[Row]:
        self.asked.extend(known)
        return
        yield


async def test_lots_that_are_there_are_not_asked_for():
    lots, journal = Many(a=Lot("a"), b=Lot("b")), Journal()
    await recall(lots, {"b"}, journal)
    assert journal.asked == []


async def test_only_what_is_absent_is_asked_for():
    lots, journal = Many(a=Lot("a")), Journal()
    await recall(lots, {"c", "a", "b"}, journal)
    assert journal.asked == ["b", "c"]
