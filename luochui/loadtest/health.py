"""What a server tells of itself while it is under load: memory, tasks, open files, connections."""

import asyncio
import statistics
import time
from dataclasses import dataclass, field

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from luochui.loadtest.place import Place

MEMORY_GROWTH_MAX = 0.05
_EVERY_S = 2.0
_WARM_SHARE, _WARM_MIN_S = 0.2, 20.0
_ENDS_S = 30.0
_SPARE = 8
"""Tasks and files that may come and go by themselves: pools, requests under way."""

NAMES = {
    "memory": "process_resident_memory_bytes",
    "files": "process_open_fds",
    "tasks": "luochui_tasks",
    "connections": "luochui_socket_connections",
}
Vitals = dict[str, float]


@dataclass(slots=True)
class Health:
    """Vitals at the beginning, under load and after it."""

    place: Place
    before: Vitals = field(default_factory=dict)
    course: list[tuple[float, Vitals]] = field(default_factory=list)
    after: Vitals = field(default_factory=dict)

    async def keep_looking(self) -> None:
        """Look every few seconds, until cancelled."""
        began = time.monotonic()
        async with aiohttp.ClientSession() as http:
            while True:
                self.course.append((time.monotonic() - began, await vitals(http, self.place)))
                await asyncio.sleep(_EVERY_S)

    async def look_before(self) -> None:
        """Note what there was without load."""
        async with aiohttp.ClientSession() as http:
            self.before = await vitals(http, self.place)

    async def look_after(self) -> None:
        """Wait until nothing is left of the load, for a while; note what there is then."""
        until = time.monotonic() + _ENDS_S
        async with aiohttp.ClientSession() as http:
            while True:
                self.after = await vitals(http, self.place)
                if not self.leaks() or time.monotonic() > until:
                    return
                await asyncio.sleep(0.5)

    def leaks(self) -> list[str]:
        """Return what there is more of than before."""
        allowed = {"tasks": _SPARE, "files": _SPARE, "connections": 0}
        return [
            f"{name}: {self.after[name]:.0f}, before {self.before[name]:.0f}"
            for name, spare in allowed.items()
            if self.after[name] > self.before[name] + spare
        ]

    def growth(self) -> float | None:
        """Return by how much the memory grew after a warm-up: its last fifth against its first.

        None where the run was too short to tell.
        """
        whole_s = self.course[-1][0] if self.course else 0.0
        warm_s = max(_WARM_MIN_S, whole_s * _WARM_SHARE)
        memory = [seen["memory"] for at_s, seen in self.course if at_s >= warm_s]
        fifth = len(memory) // 5
        if not fifth:
            return None
        return statistics.median(memory[-fifth:]) / statistics.median(memory[:fifth]) - 1


async def vitals(http: aiohttp.ClientSession, place: Place) -> Vitals:
    """Return what /metrics says now."""
    headers = {"Authorization": f"Bearer {place.metrics_token}"}
    async with http.get(f"{place.url}/metrics", headers=headers) as response:
        response.raise_for_status()
        families = list(text_string_to_metric_families(await response.text()))
    values = {s.name: s.value for family in families for s in family.samples if not s.labels}
    return {name: values[metric] for name, metric in NAMES.items()}
