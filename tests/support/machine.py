"""Drive a live format in a test: apply what falls due, judge, apply; as the engine does."""

from typing import Any

from bidding_rules.rejections import Rejection, RejectionCode


class Machine:
    """One running sale of a format module with the five functions."""

    def __init__(self, module: Any, terms: Any, at: int = 0) -> None:
        self.module, self.terms = module, terms
        self.state = module.begin(terms, at)
        self.events: list[Any] = []

    def until(self, at: int) -> "Machine":
        """Let happen what falls due by `at`."""
        while (event := self._lapse(at)) is not None:
            self._happen(event)
        return self

    def _lapse(self, at: int) -> Any:
        due = self.module.due_at(self.state)
        event = self.module.lapse(self.terms, self.state, at)
        assert (event is not None) is (due is not None and at >= due), "something lapses when due"
        return event

    def accepts(self, move: Any, at: int) -> tuple[Any, ...]:
        """Make `move` at `at`; it must be accepted."""
        outcome = self._judge(move, at)
        assert not isinstance(outcome, Rejection), f"{move} at {at}: {outcome}"
        for event in outcome:
            self._happen(event)
        return outcome

    def refuses(self, move: Any, at: int, code: RejectionCode) -> Rejection:
        """Make `move` at `at`; it must be refused with `code`."""
        outcome = self._judge(move, at)
        assert isinstance(outcome, Rejection), f"{move} at {at} was accepted"
        assert outcome.code is code
        return outcome

    def _judge(self, move: Any, at: int) -> Any:
        self.until(at)
        before = repr(self.state)
        outcome = self.module.judge(self.terms, self.state, move, at)
        assert repr(self.state) == before, "judging changes nothing"
        return outcome

    def _happen(self, event: Any) -> None:
        self.module.apply(self.terms, self.state, event)
        self.events.append(event)

    def replayed(self, at: int = 0) -> Any:
        """Return the state that the events alone lead to."""
        state = self.module.begin(self.terms, at)
        for event in self.events:
            self.module.apply(self.terms, state, event)
        return state
