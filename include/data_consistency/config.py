"""Settings: read once from the environment, validated, then handed in as values."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data_consistency.errors import ConfigurationError

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_MAX_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Limits that stop a wrong rule from rewriting a table."""

    max_corrections: int = 25  # rows of one rule in one run
    max_ratio: float = 0.05  # of the rows checked in that run, 0 to 1
    min_rows_for_ratio: int = 100  # a share of a handful of rows says nothing
    min_age_minutes: int = 15  # rows still in flight are left alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one process; `None` means not configured."""

    database_url: str | None
    home: Path  # holds expectations/ and sql/
    var: Path  # private database, data docs, outbox, logs
    source_timezone: ZoneInfo
    report_timezone: ZoneInfo
    dry_run: bool
    corrections_enabled: bool
    caps: Caps
    opted_out_companies: frozenset[int]
    alert_emails: tuple[str, ...]
    smtp_url: str | None
    mail_from: str
    base_url: str | None  # where people reach the Airflow UI, for links in mails
    calcom_days_back: int = 30  # bookings that began so long ago are still compared
    calcom_days_ahead: int = 90  # what begins later is read as one window

    @property
    def expectations(self) -> Path:
        """Folder of the suites."""
        return self.home / "expectations"

    @property
    def sql(self) -> Path:
        """Folder of the SQL files."""
        return self.home / "sql"


def project_root() -> Path:
    """The folder that holds expectations/, sql/ and include/."""
    return Path(__file__).resolve().parents[2]


def utc_now() -> datetime:
    """The clock of the edges; everything inside is handed `now`."""
    return datetime.now(UTC)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises:
        ConfigurationError: a value cannot be used; the message names the variable.
    """
    env = os.environ if environ is None else environ
    home = Path(env.get("CONSISTENCY_HOME") or project_root())
    if not (home / "sql").is_dir():
        raise ConfigurationError(f"CONSISTENCY_HOME={home}: no folder sql/ there; name the project's root")
    return Settings(
        database_url=env.get("CONSISTENCY_DB_URL") or None,
        home=home,
        var=Path(env.get("CONSISTENCY_VAR") or home / "var"),
        source_timezone=_zone(env, "CONSISTENCY_SOURCE_TIMEZONE"),
        report_timezone=_zone(env, "CONSISTENCY_REPORT_TIMEZONE"),
        dry_run=_flag(env, "CONSISTENCY_DRY_RUN", default=True),
        corrections_enabled=_flag(env, "CONSISTENCY_CORRECTIONS_ENABLED", default=True),
        caps=Caps(
            max_corrections=_whole(env, "CONSISTENCY_MAX_CORRECTIONS", Caps().max_corrections),
            max_ratio=_ratio(env, "CONSISTENCY_MAX_CORRECTION_RATIO", Caps().max_ratio),
            min_age_minutes=_whole(env, "CONSISTENCY_MIN_AGE_MINUTES", Caps().min_age_minutes),
        ),
        opted_out_companies=_ids(env, "CONSISTENCY_OPTED_OUT_COMPANIES"),
        alert_emails=tuple(mail.strip() for mail in env.get("CONSISTENCY_ALERT_EMAILS", "").split(",") if mail.strip()),
        smtp_url=env.get("CONSISTENCY_SMTP_URL") or None,
        mail_from=env.get("CONSISTENCY_MAIL_FROM") or "data-consistency@localhost",
        base_url=env.get("CONSISTENCY_BASE_URL") or None,
        calcom_days_back=_days(env, "CONSISTENCY_CALCOM_DAYS_BACK", 30),
        calcom_days_ahead=_days(env, "CONSISTENCY_CALCOM_DAYS_AHEAD", 90),
    )


def _zone(env: Mapping[str, str], name: str) -> ZoneInfo:
    value = env.get(name) or "Europe/Berlin"
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigurationError(f"{name}={value}: not a time zone; use a name such as Europe/Berlin") from error


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = env.get(name, "").strip().lower()
    if not value:
        return default
    if value not in _TRUE | _FALSE:
        raise ConfigurationError(f"{name}={value}: use true or false")
    return value in _TRUE


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name, "").strip()
    if not value:
        return default
    if not value.isascii() or not value.isdigit():
        raise ConfigurationError(f"{name}={value}: use a whole number from 0 up")
    return int(value)


def _days(env: Mapping[str, str], name: str, default: int) -> int:
    days = _whole(env, name, default)
    if not 1 <= days <= _MAX_DAYS:
        raise ConfigurationError(f"{name}={days}: use days from 1 to {_MAX_DAYS}")
    return days


def _ratio(env: Mapping[str, str], name: str, default: float) -> float:
    value = env.get(name, "").strip()
    if not value:
        return default
    try:
        ratio = float(value)
    except ValueError:
        ratio = -1.0
    if not 0.0 <= ratio <= 1.0:
        raise ConfigurationError(f"{name}={value}: use a share from 0 to 1")
    return ratio


def _ids(env: Mapping[str, str], name: str) -> frozenset[int]:
    parts = [part.strip() for part in env.get(name, "").split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ConfigurationError(f"{name}={env.get(name)}: use company ids separated by commas")
    return frozenset(int(part) for part in parts)
