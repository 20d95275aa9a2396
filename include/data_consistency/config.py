"""Settings of a process: read once from the environment, validated, then handed in as values.

What differs from one watched database to the next stands in `sources.py`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data_consistency.errors import ConfigurationError
from data_consistency.project import Project

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_MAX_DAYS = 3650
_SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one process; `None` means not configured."""

    var: Path  # data docs, outbox, logs; private servers of the sandbox
    report_timezone: ZoneInfo
    smtp_url: str | None
    mail_from: str
    base_url: str | None  # where people reach the Airflow UI, for links in mails
    row_url: str | None = None  # where a row is shown; {entity} and {id} stand in for both
    runbook_url: str | None = None  # where a rule is explained; {rule} stands in for its id
    report_url: str | None = None  # where the folder of the data docs is served; None: in Airflow's pages
    report_store: str | None = None  # where Airflow copies that folder to; None: nowhere
    calcom_days_back: int = 30  # bookings that began so long ago are still compared
    calcom_days_ahead: int = 90  # what begins later is read as one window
    booking_worker: bool = True  # whether the booking service works on hints and rechecks itself


def utc_now() -> datetime:
    """The clock of the edges; everything inside is handed `now`."""
    return datetime.now(UTC)


def load_settings(project: Project, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Args:
        project: in a checkout, what is written goes to its folder var/ unless CONSISTENCY_VAR names another.
        environ: None: the process's own.

    Raises:
        ConfigurationError: a value cannot be used; the message names the variable.
    """
    env = os.environ if environ is None else environ
    return Settings(
        var=_var(project, env),
        report_timezone=zone("CONSISTENCY_REPORT_TIMEZONE", env.get("CONSISTENCY_REPORT_TIMEZONE")),
        smtp_url=env.get("CONSISTENCY_SMTP_URL") or None,
        mail_from=env.get("CONSISTENCY_MAIL_FROM") or "data-consistency@localhost",
        base_url=env.get("CONSISTENCY_BASE_URL") or None,
        row_url=_template(env, "CONSISTENCY_ROW_URL", "{id}"),
        runbook_url=_template(env, "CONSISTENCY_RUNBOOK_URL", "{rule}"),
        report_url=env.get("CONSISTENCY_REPORT_URL") or None,
        report_store=env.get("CONSISTENCY_REPORT_STORE") or None,
        calcom_days_back=_days(env, "CONSISTENCY_CALCOM_DAYS_BACK", 30),
        calcom_days_ahead=_days(env, "CONSISTENCY_CALCOM_DAYS_AHEAD", 90),
        booking_worker=flag(env, "CONSISTENCY_BOOKING_WORKER", default=True),
    )


def _var(project: Project, env: Mapping[str, str]) -> Path:
    if named := env.get("CONSISTENCY_VAR"):
        return Path(named)
    if project.is_checkout:
        return project.home / "var"
    state = Path(env.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return state / "data-consistency"


def zone(name: str, value: str | None) -> ZoneInfo:
    """A time zone; not said: that of the business.

    Raises:
        ConfigurationError: there is none of that name; names the setting `name`.
    """
    wanted = value or "Europe/Berlin"
    try:
        return ZoneInfo(wanted)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(f"{name}={wanted}: not a time zone; use a name such as Europe/Berlin") from error


def flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    """A setting that is true or false.

    Raises:
        ConfigurationError: it is neither; names the variable.
    """
    value = env.get(name, "").strip().lower()
    if not value:
        return default
    if value not in _TRUE | _FALSE:
        raise ConfigurationError(f"{name}={value}: use true or false")
    return value in _TRUE


def whole(env: Mapping[str, str], name: str, default: int, most: int = 2**31 - 1) -> int:
    """A setting that is a whole number.

    Raises:
        ConfigurationError: it is none, or too large; names the variable.
    """
    value = env.get(name, "").strip()
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or len(value) > len(str(most)) or int(value) > most:
        raise ConfigurationError(f"{name}={value}: use a whole number from 0 up, at most {most}")
    return int(value)


def _template(env: Mapping[str, str], name: str, needed: str) -> str | None:
    value = env.get(name, "").strip()
    if value and (not value.startswith(("https://", "http://")) or needed not in value):
        raise ConfigurationError(f"{name}={value}: use an http address that holds {needed}")
    return value or None


def _days(env: Mapping[str, str], name: str, default: int) -> int:
    days = whole(env, name, default)
    if not 1 <= days <= _MAX_DAYS:
        raise ConfigurationError(f"{name}={days}: use days from 1 to {_MAX_DAYS}")
    return days


def ratio(env: Mapping[str, str], name: str, default: float) -> float:
    """A setting that is a share.

    Raises:
        ConfigurationError: it is none; names the variable.
    """
    value = env.get(name, "").strip()
    if not value:
        return default
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise ConfigurationError(f"{name}={value}: use a share from 0 to 1")
    return share


def ids(env: Mapping[str, str], name: str) -> frozenset[int]:
    """A setting that names companies.

    Raises:
        ConfigurationError: one is no id; names the variable.
    """
    parts = [part.strip() for part in env.get(name, "").split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and 0 < int(part) < 2**63 for part in parts if len(part) < 20) or any(
        len(part) >= 20 for part in parts
    ):
        raise ConfigurationError(f"{name}={env.get(name)}: use company ids separated by commas")
    return frozenset(int(part) for part in parts)


def words(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """A setting that is a list of words separated by commas."""
    return tuple(word.strip() for word in env.get(name, "").split(",") if word.strip())


def secrets(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The secrets of webhooks that a setting holds, separated by blanks.

    Raises:
        ConfigurationError: one is so short that it can be guessed, or no text; names the variable, shows nothing.
    """
    found = tuple(env.get(name, "").split())
    for secret in found:
        if len(secret) < _SHORTEST_SECRET or not secret.isprintable():
            raise ConfigurationError(
                f"{name}: a secret of webhooks needs at least {_SHORTEST_SECRET} printable characters"
            )
    return found
