"""Settings that operators give to a service or a company: stored beside the state, so all processes hold to them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from data_consistency.breaker.policy import BreakerSettings
from data_consistency.errors import ConfigurationError, WrongUse

NAMES = tuple(field.name for field in fields(BreakerSettings) if field.name != "refresh_seconds")
_WHOLE = frozenset({"failure_threshold", "minimum_calls", "probes", "successes_to_close"})
DEFAULT = "default"


def overridden(settings: BreakerSettings, overrides: Iterable[tuple[str, float]]) -> BreakerSettings:
    """Settings with some of them replaced; what does not go together is left out, since a call must not fail for it."""
    wanted: Mapping[str, Any] = dict(overrides)
    try:
        return replace(settings, **wanted)
    except (ConfigurationError, TypeError):
        return settings


def parse(words: Iterable[str]) -> dict[str, float | None]:
    """Settings as people write them, `name=value`; None: `default`, which takes one back.

    Raises:
        WrongUse: not a setting, or not a value; names it and what there is.
    """
    parsed: dict[str, float | None] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name not in NAMES:
            raise WrongUse(f"circuit breaker: no setting {name[:60]!r}; there are {', '.join(NAMES)}")
        parsed[name] = None if value == DEFAULT else _number(name, value)
    return parsed


def _number(name: str, value: str) -> float:
    try:
        return int(value) if name in _WHOLE else float(value)
    except ValueError:
        wanted = "a whole number" if name in _WHOLE else "a number"
        raise WrongUse(f"circuit breaker: {name}={value[:40]!r}: use {wanted}, or {DEFAULT}") from None


def stored(text: object) -> dict[str, float]:
    """Settings as a row keeps them; what is not understood is none."""
    if not isinstance(text, str | bytes):
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {name: found[name] for name in NAMES if name in found} if isinstance(found, dict) else {}


def changed(
    before: Mapping[str, float], words: Mapping[str, float | None], others: Mapping[str, float]
) -> dict[str, float]:
    """What a row keeps after a change.

    Args:
        before: what it keeps now.
        words: what an operator says.
        others: what holds beneath it, of the service or the company.

    Raises:
        ConfigurationError: it would not go together.
    """
    kept = {**before, **{name: value for name, value in words.items() if value is not None}}
    kept = {name: value for name, value in kept.items() if words.get(name, value) is not None}
    together: Mapping[str, Any] = {**others, **kept}
    replace(BreakerSettings(), **together)
    return kept


def text_of(settings: BreakerSettings) -> str:
    """The settings that decide when it opens and closes, in one line."""
    share = settings.failure_rate
    opens = (
        f"{settings.failure_threshold} in a row"
        if share is None
        else f"{share:.0%} of at least {settings.minimum_calls} in {settings.window_seconds:g} s"
    )
    closes = f"{settings.successes_to_close} of {settings.probes} at a time"
    return f"opens at {opens}, waits {settings.cool_down_seconds:g} s, closes at {closes}"
