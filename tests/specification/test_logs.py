"""Log lines of one request can be found by its id."""

import json
import subprocess
import sys

REQUESTS = """
import asyncio, logging
import structlog
from luochui.logs import REQUEST_ID, configure_logs

async def request(name):
    REQUEST_ID.set(name)
    await asyncio.sleep(0)
    structlog.get_logger().info("ours", of=name)
    logging.getLogger("library").warning("theirs")

async def main():
    configure_logs("info")
    structlog.get_logger().info("start")
    async with asyncio.TaskGroup() as group:
        group.create_task(request("a"))
        group.create_task(request("b"))

asyncio.run(main())
"""


def test_every_line_says_to_which_request_it_belongs():
    said = subprocess.run([sys.executable, "-c", REQUESTS], check=True, capture_output=True)
    lines = [json.loads(line) for line in said.stderr.splitlines()]
    found = [(line["event"], line.get("of"), line.get("request_id")) for line in lines]
    assert found == [
        ("start", None, None),
        ("ours", "a", "a"),
        ("theirs", None, "a"),
        ("ours", "b", "b"),
        ("theirs", None, "b"),
    ]
