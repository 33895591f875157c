"""An alarm that somebody sleeps by: it goes off after a while, or as soon as somebody rings it."""

import asyncio


class Alarm:
    """Wakes one sleeper, who so need not look again and again whether something has changed."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Wake the sleeper; if he is awake he will not fall asleep next time."""
        self._bell.set()

    async def sleep(self, at_most_s: float) -> None:
        """Sleep until the alarm is rung, or was since the last time; at most so many seconds."""
        timer = asyncio.get_running_loop().call_later(at_most_s, self._bell.set)
        try:
            await self._bell.wait()
        finally:
            timer.cancel()
            self._bell.clear()
