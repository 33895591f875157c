"""AsyncAPI 3.0 from the feed's message types; nothing is written twice."""

import inspect
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of the socket. `sent_by`: client or server; `answers`: types of its acknowledgement."""

    name: str
    sent_by: str
    type: Any
    summary: str
    answers: tuple[Any, ...] = ()


def document(messages: tuple[Message, ...], *, title: str, version: str) -> dict[str, Any]:
    """Return the AsyncAPI document of `messages`: the same over Socket.IO and the plain WebSocket."""
    types = [t for m in messages for t in (m.type, *m.answers) if t is not None]
    schemas, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    by_type = {id(t): s for t, s in zip(types, schemas, strict=True)}
    described: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for message in messages:
        described[message.name] = _described(message, by_type)
        operations[f"{message.sent_by}_{message.name}"] = {
            "action": "receive" if message.sent_by == "client" else "send",
            "channel": {"$ref": "#/channels/socket"},
            "summary": message.summary,
            "messages": [{"$ref": f"#/channels/socket/messages/{message.name}"}],
        }
    refs = {name: {"$ref": f"#/components/messages/{name}"} for name in described}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version},
        "channels": {
            "socket": {"address": "/socket.io/", "messages": refs},
            "live": {"address": "/live", "messages": refs},
        },
        "operations": operations,
        "components": {"messages": described, "schemas": components},
    }


def _described(message: Message, by_type: dict[int, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": message.name, "summary": message.summary}
    if message.type is not None:
        found["payload"] = by_type[id(message.type)]
        found["description"] = inspect.getdoc(message.type) or ""
    if message.answers:
        found["x-ack"] = {"oneOf": [by_type[id(t)] for t in message.answers]}
    return found
