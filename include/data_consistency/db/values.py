"""Column values as text, the way the audit keeps them."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal


def to_json(values: Mapping[str, object]) -> str:
    """Column values as JSON; times in ISO format, decimals as text, so that they can be compared exactly."""
    return json.dumps({key: plain(value) for key, value in values.items()})


def kept(values: Mapping[str, object]) -> dict[str, object]:
    """Column values as they are once they have been kept as JSON and read again."""
    return {key: plain(value) for key, value in values.items()}


def plain(value: object) -> object:
    """One value as JSON can hold it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value
