"""Composition root: settings and engine of this process, from the environment or an Airflow connection."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from data_consistency import config
from data_consistency.config import Settings
from data_consistency.db.engine import make_engine
from data_consistency.errors import ConfigurationError
from data_consistency.rules import Suite, load_suites


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a use case needs: the settings, the database, the clock's reading."""

    settings: Settings
    engine: Engine

    def now(self) -> datetime:
        """The time of the edge, UTC, naive as the database stores it."""
        return config.utc_now().replace(tzinfo=None)

    def suites(self) -> dict[str, Suite]:
        """The suites of the project, loaded strictly; corrections that would undo each other are refused."""
        # Imported where needed: the parser of conditions costs a third of a second, which a booking path does not pay.
        from data_consistency.db.conflicts import check_corrections
        from data_consistency.db.versions import stamped

        corrections = self.settings.sql / "corrections"
        suites = load_suites(self.settings.expectations, corrections)
        check_corrections(suites.values(), corrections, self.settings.sql / "facts")
        return stamped(suites, self.settings.sql)


def build(environ: Mapping[str, str] | None = None, *, database_url: str | None = None) -> Runtime:
    """Settings and engine for this process.

    Args:
        environ: the environment; None: the process's own.
        database_url: wins over CONSISTENCY_DB_URL (Airflow hands in its connection).

    Raises:
        ConfigurationError: a setting is missing or wrong.
    """
    settings = config.load_settings(environ)
    url = database_url or settings.database_url
    if not url:
        raise ConfigurationError(
            "CONSISTENCY_DB_URL is not set; run `consistency db start` for a private database and export the URL"
            " it prints, or define the Airflow connection consistency_mysql"
        )
    return Runtime(settings=settings, engine=make_engine(url))


def log_to_file(settings: Settings) -> None:
    """Also append our log lines to data-consistency.log, the file operators know."""
    logger = logging.getLogger("data_consistency")
    path = settings.var / "log" / "data-consistency.log"
    if any(getattr(handler, "baseFilename", None) == str(path) for handler in logger.handlers):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
