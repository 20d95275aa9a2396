"""Digests of records: the same content has the same digest, on whatever server and in whatever order of keys."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from data_consistency.db.values import plain

Content = Mapping[str, object] | Sequence[object]


def digest(content: Content) -> str:
    """SHA-256 of a record of plain values, times and decimals, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def canonical(content: Content) -> str:
    """A record as text, one for each content; what a database gives back as JSON is as what was put in."""
    return json.dumps(content, default=plain, sort_keys=True, separators=(",", ":"))
