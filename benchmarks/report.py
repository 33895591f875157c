"""What a benchmark reports, how it is printed, and how sides are timed alternately."""

import gc
import json
import math
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

Figures = dict[str, "float | int | str"]


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What the command line asked for; `options` are the benchmark's own."""

    quick: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """Figures of one run. A ratio is larger the better we are; 1 is the peer's own speed.

    `checked` says that all sides gave the same results, after timing. `peers` has a row for each peer,
    `ours` one for each thing measured of ours.
    """

    benchmark: str
    conditions: dict[str, object]
    ours: dict[str, Figures]
    peers: dict[str, Figures]
    ratios: dict[str, float]
    checked: bool
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    def as_text(self) -> str:
        lines = [f"{self.benchmark}: {'results checked' if self.checked else 'RESULTS DIFFER'}"]
        lines += [f"  {name}: {value}" for name, value in self.conditions.items()]
        rows = [("ours", name, figures) for name, figures in self.ours.items()]
        rows += [("peer", name, figures) for name, figures in self.peers.items()]
        lines.append("")
        for side, name, figures in rows:
            shown = "  ".join(f"{key} {_shown(value)}" for key, value in figures.items())
            lines.append(f"  {side}  {name:32} {shown}")
        lines.append("")
        lines += [f"  ratio {name:40} {ratio:8.2f}x" for name, ratio in self.ratios.items()]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def _shown(value: "float | int | str") -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"{value}"


def against_targets(
    what: str, value: float, wanted: dict[str, float], *, smaller_is_better: bool = False
) -> str:
    """Return a line on what became of the targets, by their names."""
    said = [
        f"{name} {target:.3g} {'met' if (value <= target) == smaller_is_better else 'MISSED'}"
        for name, target in wanted.items()
    ]
    return f"{what}: {value:.3g}; {', '.join(said)}"


def machine() -> dict[str, object]:
    """Return what the figures depend on: processor, cores, load, Python."""
    cpuinfo = Path("/proc/cpuinfo")
    models = [
        line.split(":", 1)[1].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else [])
        if line.startswith("model name")
    ]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
    }


def alternately(
    sides: dict[str, Callable[[], object]],
    rounds: int,
    *,
    warm: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Run all sides in turn, `rounds` times, and return each side's seconds.

    What disturbs the machine disturbs all sides alike. Garbage collection is off while a side runs, as
    `timeit` has it. The first `warm` rounds do not count. Where all sides run in one thread,
    `time.thread_time` as the clock leaves out what others took of the processor.
    """
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(warm + rounds):
        for name, side in sides.items():
            gc.collect()
            gc.disable()
            started = clock()
            side()
            elapsed = clock() - started
            gc.enable()
            if number >= warm:
                seconds[name].append(elapsed)
    return seconds


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
