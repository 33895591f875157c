"""A load test's report, for people."""

from rich.console import Console
from rich.table import Table

from luochui.loadtest.run import LoadReport, Percentiles


def print_report(console: Console, report: LoadReport) -> None:
    """Print what was measured, and what was wrong with it."""
    table = Table(
        title="落槌 Luochui: 负载测试 load test", title_justify="left", show_header=False
    )
    bids = ", ".join(f"{code} {n:,}" for code, n in sorted(report.bids.items())) or "—"
    rows = [
        ("观察人 watchers", f"{report.watchers:,} ({report.connections:,} 连接 connections)"),
        ("竞买人 bidders", f"{report.bidders:,}"),
        ("时长 duration", f"{report.seconds:,.0f} s"),
        ("报价 bids", bids),
        ("报价应答 bid answered", _shown(report.bid_answer_ms)),
        ("到达至屏幕 arrival to watcher", _shown(report.arrival_to_watcher_ms)),
        ("收到事件 events seen", f"{report.events_seen:,}"),
        ("遗漏 / 落后 missed / behind", f"{report.missed:,} / {report.behind:,}"),
    ]
    if report.after:
        rows += [
            (f"{name}", f"{report.before[name]:,.0f} → {report.after[name]:,.0f}")
            for name in report.after
        ]
    if report.memory_growth is not None:
        rows.append(("内存增长 memory growth", f"{report.memory_growth:.1%}"))
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for fault in report.faults:
        console.print(f"不合格 fault: {fault}")
    if not report.faults:
        console.print("合格 passed")


def _shown(figures: Percentiles | None) -> str:
    if figures is None:
        return "—"
    return f"p50 {figures.p50:,.1f} ms   p99 {figures.p99:,.1f} ms   max {figures.max:,.1f} ms"
