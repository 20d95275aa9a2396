"""Messages as the outbox stores them: JSON, read back strictly, whatever wrote it.

Raises ValueError for what cannot be read; the message is then set aside and told, and blocks none behind it.
"""

import dataclasses
import json
import types
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from data_consistency.alerts.blocks import Message, What
from data_consistency.rules import Severity

_FORMAT = 2


def to_body(message: Message) -> str:
    """What the outbox stores of a message."""
    return json.dumps({"format": _FORMAT, "message": _plain(message)}, ensure_ascii=False)


def from_body(body: str, *, severity: str, subject: str, key: str, at: datetime) -> Message:
    """The message that was stored.

    Args:
        body: of the outbox.
        severity: beside it.
        subject: beside it.
        key: beside it.
        at: when it was put there.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        parts = json.loads(body)
        if isinstance(parts, dict) and "format" not in parts:
            return _note(parts, severity=severity, subject=subject, key=key, at=at)
        if parts["format"] != _FORMAT:
            raise ValueError(f"format {parts['format']}")
        message = _read(Message, parts["message"])
    except (KeyError, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(f"not a message ({type(error).__name__})") from error
    assert isinstance(message, Message)
    return message


def as_data(value: object) -> Any:
    """A block as plain data, for machines."""
    return _plain(value)


def _note(parts: Mapping[str, Any], *, severity: str, subject: str, key: str, at: datetime) -> Message:
    """A message of the time before blocks: lines and links."""
    lines = [str(line) for line in parts["lines"]]
    lines += [f"{link['text']}: {link['url']}" for link in parts["links"]]
    return Message(what=What.NOTE, severity=Severity(severity), key=key, at=at, subject=subject, lines=tuple(lines))


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


@lru_cache(maxsize=32)
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: Any) -> Any:
    """A value of a declared type; anything else is refused."""
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return None if value is None else _read(next(one for one in get_args(kind) if one is not types.NoneType), value)
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError(kind)
        return tuple(_read(get_args(kind)[0], item) for item in value)
    if dataclasses.is_dataclass(kind):
        return _record(kind, value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    if issubclass(kind, StrEnum):
        return kind(value)
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, (int, float) if kind is float else kind):
        raise TypeError(kind)
    return value


def _record(kind: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        raise TypeError(kind)
    hints = _hints(kind)
    # What a later version has added is left out; what an earlier one did not know has its default.
    return kind(**{name: _read(hints[name], part) for name, part in value.items() if name in hints})
