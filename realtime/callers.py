"""Who waits for an answer in this process: broadcasts give way to them."""


class Callers:
    """Counts them: `with callers:` around whatever somebody waits for."""

    def __init__(self) -> None:
        self._waiting = 0

    def __enter__(self) -> None:
        self._waiting += 1

    def __exit__(self, *_: object) -> None:
        self._waiting -= 1

    def __bool__(self) -> bool:
        """Tell whether anybody waits."""
        return self._waiting > 0
