"""AsyncAPI 3.0 from the feed's message types; nothing is written twice."""

import inspect
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of the feed. `sent_by`: client or server; `answers`: types of its acknowledgement.

    `channels` names those that carry it; `type` may be several types, any of which it has.
    """

    name: str
    sent_by: str
    type: Any
    summary: str
    answers: tuple[Any, ...] = ()
    channels: tuple[str, ...] = ("socket", "live")

    @property
    def types(self) -> tuple[Any, ...]:
        """Return the types of its body: none, one, or several."""
        if isinstance(self.type, tuple):
            return self.type
        return () if self.type is None else (self.type,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A door of the feed."""

    address: str
    summary: str
    parameters: tuple[str, ...] = ()


def document(
    channels: dict[str, Channel], messages: tuple[Message, ...], *, title: str, version: str
) -> dict[str, Any]:
    """Return the AsyncAPI document of `messages` and the channels that carry them."""
    types = [t for m in messages for t in (*m.types, *m.answers)]
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
            "channel": {"$ref": f"#/channels/{message.channels[0]}"},
            "summary": message.summary,
            "messages": [{"$ref": f"#/channels/{message.channels[0]}/messages/{message.name}"}],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version},
        "channels": {name: _channel(name, door, messages) for name, door in channels.items()},
        "operations": operations,
        "components": {"messages": described, "schemas": components},
    }


def _channel(name: str, door: Channel, messages: tuple[Message, ...]) -> dict[str, Any]:
    carried = [message.name for message in messages if name in message.channels]
    found: dict[str, Any] = {
        "address": door.address,
        "summary": door.summary,
        "messages": {one: {"$ref": f"#/components/messages/{one}"} for one in carried},
    }
    if door.parameters:
        found["parameters"] = {parameter: {} for parameter in door.parameters}
    return found


def _described(message: Message, by_type: dict[int, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": message.name, "summary": message.summary}
    payloads = [by_type[id(t)] for t in message.types]
    if payloads:
        found["payload"] = payloads[0] if len(payloads) == 1 else {"anyOf": payloads}
        found["description"] = inspect.getdoc(message.types[0]) or ""
    if message.answers:
        found["x-ack"] = {"oneOf": [by_type[id(t)] for t in message.answers]}
    return found
