"""Column values as text, the way the audit keeps them."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal


def to_json(values: Mapping[str, object]) -> str:
    """Column values as JSON; times in ISO format, decimals as text, so that they can be compared exactly."""
    return json.dumps({key: _plain(value) for key, value in values.items()})


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value
