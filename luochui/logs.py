"""Logs: one JSON line an event, on standard error. No secret, no bid and no bidder is ever logged."""

import logging
import sys
from contextvars import ContextVar

import orjson
import structlog

REQUEST_ID: ContextVar[str] = ContextVar("request_id")
"""Of the request that is being answered; every log line has it."""


def configure_logs(level: str) -> None:
    """Send our own and the libraries' log lines through one JSON writer."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.types.Processor] = [
        _with_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_dumps_text),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def _with_request_id(
    _logger: object, _method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    request_id = REQUEST_ID.get(None)
    if request_id is not None:
        event["request_id"] = request_id
    return event


def _dumps(value: object, **_: object) -> bytes:
    return orjson.dumps(value, default=str)


def _dumps_text(value: object, **_: object) -> str:
    return _dumps(value).decode()
