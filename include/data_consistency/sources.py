"""Sources: the watched databases as values.

The environment alone makes one source, named `default`. A file `consistency.toml` names several; what it does not say
of a source, the environment says. Nothing here holds a secret: an URL comes from an Airflow connection or a variable.
"""

import contextvars
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from data_consistency import config, routes
from data_consistency.documents import Fields
from data_consistency.errors import ConfigurationError, WrongUse
from data_consistency.project import Project
from data_consistency.routes import Channel, Routing

DEFAULT = "default"
FILE = "consistency.toml"
CONFIG = "CONSISTENCY_CONFIG"
SELECTED = "CONSISTENCY_SOURCE"
DATABASE_URL = "CONSISTENCY_DB_URL"
CONNECTION = "consistency_mysql"  # id of the Airflow connection of a source that names none
POOL = "consistency_mysql"
POOL_SLOTS = 2

_NAME = re.compile(r"[a-z][a-z0-9_]{0,23}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIELDS = frozenset(
    {
        *("connection", "url_env", "timezone", "pool", "pool_slots", "mapping", "recipients", "caps"),
        *("opted_out_companies", "dry_run", "corrections_enabled", "alerts"),
    }
)
_MOST_SLOTS = 1000
_CAPS = frozenset({"max_corrections", "max_corrections_per_day", "max_ratio", "min_age_minutes"})

# The source that the work of this task, command or request is about; log lines name it.
current: contextvars.ContextVar[str] = contextvars.ContextVar("consistency_source", default=DEFAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Limits that stop a wrong rule from rewriting a table."""

    max_corrections: int = 25  # rows of one rule in one run
    max_corrections_per_day: int | None = None  # rows of one rule in 24 hours; None: four times what a run may
    max_ratio: float = 0.05  # of the rows that the check which found them covered, 0 to 1
    min_rows_for_ratio: int = 100  # a share of a handful of rows says nothing
    min_age_minutes: int = 15  # rows still in flight are left alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One watched database; `None` means not configured."""

    name: str
    url_env: str | None  # the variable that holds its URL; None: the connection says where it is
    connection: str | None  # id of an Airflow connection that must exist; None: nobody named one
    timezone: ZoneInfo  # of times in columns that keep no instant (DATETIME)
    pool: str  # of Airflow; bounds what all runs together ask of the database
    mapping: str | None  # file of sql/mappings/ that its views are made by
    recipients: tuple[str, ...]
    caps: Caps
    opted_out_companies: frozenset[int]
    dry_run: bool
    corrections_enabled: bool
    pool_slots: int = POOL_SLOTS  # of the pool when it is made; one that exists keeps its own
    alerts: Routing = field(default_factory=Routing)  # who is told what

    @property
    def is_default(self) -> bool:
        """Whether names of DAGs, folders and assets are the plain ones."""
        return self.name == DEFAULT

    def named(self, name: str) -> str:
        """A name that no other source has: of a DAG, an asset or a run."""
        return name if self.is_default else f"{name}__{self.name}"

    def folder(self, folder: Path) -> Path:
        """A folder that no other source has."""
        return folder if self.is_default else folder / self.name


def load_sources(project: Project, environ: Mapping[str, str] | None = None) -> dict[str, Source]:
    """The sources of the settings file, or the one that the environment describes, by name.

    Raises:
        ConfigurationError: a value cannot be used; names the variable, or file, source and field.
    """
    env = os.environ if environ is None else environ
    common = _of_environment(env)
    path = settings_file(project, env)
    if path is None:
        return {common.name: common}
    if env.get(DATABASE_URL):
        raise ConfigurationError(
            f"{DATABASE_URL} is set and {path.name} names databases too; unset it, or set {CONFIG} to nothing"
        )
    return _of_file(path, common, env)


def settings_file(project: Project, env: Mapping[str, str]) -> Path | None:
    """The settings file; None: there is none. CONSISTENCY_CONFIG names it, and set to nothing says that none is read.

    Raises:
        ConfigurationError: the file that is named does not exist.
    """
    if CONFIG in env:
        if not env[CONFIG]:
            return None
        path = Path(env[CONFIG])
        if not path.is_file():
            raise ConfigurationError(f"{CONFIG}={path}: no such file")
        return path
    path = project.home / FILE
    return path if path.is_file() else None


def choose(sources: Mapping[str, Source], name: str | None, environ: Mapping[str, str] | None = None) -> Source:
    """The source that is meant: the one that is named, here or by CONSISTENCY_SOURCE, or the only one.

    Raises:
        WrongUse: there is none of that name, or several and none is named.
    """
    env = os.environ if environ is None else environ
    wanted = name or env.get(SELECTED) or None
    if wanted is None and len(sources) == 1:
        return next(iter(sources.values()))
    if wanted is None:
        raise WrongUse(f"several databases are watched; name one with --source: {', '.join(sources)}")
    if wanted not in sources:
        raise WrongUse(f"no source '{wanted}'; there are {', '.join(sources)}")
    return sources[wanted]


def _of_environment(env: Mapping[str, str]) -> Source:
    return Source(
        name=DEFAULT,
        url_env=DATABASE_URL,
        connection=None,
        timezone=config.zone("CONSISTENCY_SOURCE_TIMEZONE", env.get("CONSISTENCY_SOURCE_TIMEZONE")),
        pool=POOL,
        mapping=None,
        recipients=config.words(env, "CONSISTENCY_ALERT_EMAILS"),
        caps=Caps(
            max_corrections=config.whole(env, "CONSISTENCY_MAX_CORRECTIONS", Caps().max_corrections),
            max_corrections_per_day=_per_day(env),
            max_ratio=config.ratio(env, "CONSISTENCY_MAX_CORRECTION_RATIO", Caps().max_ratio),
            min_age_minutes=config.whole(env, "CONSISTENCY_MIN_AGE_MINUTES", Caps().min_age_minutes, 525_600),
        ),
        opted_out_companies=config.ids(env, "CONSISTENCY_OPTED_OUT_COMPANIES"),
        dry_run=config.flag(env, "CONSISTENCY_DRY_RUN", default=True),
        corrections_enabled=config.flag(env, "CONSISTENCY_CORRECTIONS_ENABLED", default=True),
        pool_slots=_pool_slots(env),
        alerts=routes.of_environment(env),
    )


def _pool_slots(env: Mapping[str, str]) -> int:
    slots = config.whole(env, "CONSISTENCY_POOL_SLOTS", POOL_SLOTS, _MOST_SLOTS)
    if not slots:
        raise ConfigurationError("CONSISTENCY_POOL_SLOTS=0: no task could run; use 1 at least")
    return slots


def _per_day(env: Mapping[str, str]) -> int | None:
    name = "CONSISTENCY_MAX_CORRECTIONS_PER_DAY"
    return config.whole(env, name, 0) if env.get(name, "").strip() else None


def _of_file(path: Path, common: Source, env: Mapping[str, str]) -> dict[str, Source]:
    where = path.name
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{where}: cannot be read as TOML ({error}); mend the file") from error
    tables = Fields.of(document, where, ConfigurationError, {"sources", "channels"})
    shared = routes.channels_of(tables.below("channels").at(where))
    sources = {name: _entry(name, entry, where, common, shared, env) for name, entry in tables.below("sources").items()}
    if not sources:
        raise ConfigurationError(f"{where}: no source; add a table [sources.NAME] at least")
    _refuse_shared(where, sources.values())
    return sources


def _entry(
    name: str, entry: object, where: str, common: Source, shared: tuple[Channel, ...], env: Mapping[str, str]
) -> Source:
    where = f"{where}: source '{name}'"
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{where}: use up to 24 lower-case letters, digits and underscores for its name")
    fields = Fields.of(entry, where, ConfigurationError, _FIELDS)
    if ("connection" in fields) == ("url_env" in fields):
        raise ConfigurationError(f"{where}: exactly one of connection and url_env says where the database is")
    recipients = routes.addresses(fields, "recipients") if "recipients" in fields else common.recipients
    zone = fields.text("timezone") if "timezone" in fields else common.timezone.key
    is_dry = common.dry_run if "dry_run" not in fields else fields.flag("dry_run")
    return Source(
        name=name,
        url_env=_variable(fields) if "url_env" in fields else None,
        connection=fields.text("connection") if "connection" in fields else None,
        timezone=config.zone(f"{where}: timezone", zone),
        pool=fields.text("pool") if "pool" in fields else (POOL if name == DEFAULT else f"{POOL}__{name}"),
        mapping=fields.text("mapping") if "mapping" in fields else None,
        recipients=recipients,
        caps=_caps(fields.below("caps", _CAPS), common.caps),
        opted_out_companies=common.opted_out_companies
        if "opted_out_companies" not in fields
        else frozenset(fields.numbers("opted_out_companies", 1, 2**63 - 1)),
        # What the environment forbids for all, no entry allows.
        dry_run=is_dry or config.flag(env, "CONSISTENCY_DRY_RUN", default=False),
        corrections_enabled=common.corrections_enabled and fields.flag("corrections_enabled", default=True),
        pool_slots=fields.number("pool_slots", 1, _MOST_SLOTS) or common.pool_slots,
        alerts=routes.of_entry(fields.below("alerts", routes.ALERT_FIELDS), common.alerts, shared),
    )


def _variable(fields: Fields) -> str:
    variable = fields.text("url_env")
    if not _VARIABLE.fullmatch(variable):
        raise ConfigurationError(
            f"{fields.where}: url_env: not the name of a variable; the URL, with its password, does not belong here"
        )
    return variable


def _caps(fields: Fields, common: Caps) -> Caps:
    ratio = fields.get("max_ratio", common.max_ratio)
    if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not 0 <= ratio <= 1:
        raise ConfigurationError(f"{fields.where}: 'max_ratio' must be a share from 0 to 1")
    rows, minutes = fields.number("max_corrections", 0, 2**31 - 1), fields.number("min_age_minutes", 0, 525_600)
    daily = fields.number("max_corrections_per_day", 0, 2**31 - 1)
    return Caps(
        max_corrections=common.max_corrections if rows is None else rows,
        max_corrections_per_day=common.max_corrections_per_day if daily is None else daily,
        max_ratio=float(ratio),
        min_age_minutes=common.min_age_minutes if minutes is None else minutes,
    )


def _refuse_shared(where: str, sources: Iterable[Source]) -> None:
    """Two names for one database would keep two watches over one ledger."""
    seen: dict[str, str] = {}
    for source in sources:
        place = source.url_env or f"connection {source.connection}"
        if place in seen:
            raise ConfigurationError(f"{where}: sources '{seen[place]}' and '{source.name}' name the same database")
        seen[place] = source.name
