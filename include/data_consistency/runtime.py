"""Composition root: project, settings, source and engine of this process."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from data_consistency import config, project, sources
from data_consistency.config import Settings
from data_consistency.db import transactions
from data_consistency.db.engine import make_engine
from data_consistency.errors import ConfigurationError, WrongUse
from data_consistency.logs import LogFile
from data_consistency.project import Project
from data_consistency.rules import Suite, rule_set_fingerprint
from data_consistency.sources import Source

_T = TypeVar("_T")
# The rules that one run has read.
_read: ContextVar[dict[Project, dict[str, Suite]] | None] = ContextVar("_read", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What a use case needs: the files, the settings, one watched database, the clock's reading."""

    project: Project
    settings: Settings
    source: Source
    engine: Engine
    clock: Callable[[], datetime] = config.utc_now  # with its zone

    def now(self) -> datetime:
        """The time of the edge, UTC, naive as the database stores it."""
        return self.clock().replace(tzinfo=None)

    def transaction(self) -> AbstractContextManager[Connection]:
        """One transaction on a schema of ours; driver errors become ours.

        Raises:
            UnmarkedSchema: the schema does not carry our marker.
            DatabaseUnavailable: the database did not answer.
            DatabaseRefused: the database says no.
            SchemaNotReady: a table or column of ours is missing.
        """
        return transactions.transaction(self.engine)

    def repeated(self, work: Callable[[Connection], _T]) -> _T:
        """Do some work in one such transaction, and the whole of it again where its cause of failing passes.

        Args:
            work: changes nothing but the database.

        Raises:
            UnmarkedSchema: the schema does not carry our marker.
            DatabaseUnavailable: the cause did not pass; nothing was changed.
            OutcomeUnknown: the commit was not answered, and was not repeated.
            DatabaseRefused: the database says no.
            SchemaNotReady: a table or column of ours is missing.
        """
        return transactions.repeated(self.engine, work)

    def rolled_back(self) -> AbstractContextManager[Connection]:
        """One transaction on a schema of ours that is never committed; errors as those of `transaction`."""
        return transactions.rolled_back(self.engine)

    @contextmanager
    def one_run(self) -> Iterator[None]:
        """Steps of one run in this process: rules are read once, and each connection asks once whose schema it is."""
        token = _read.set({})
        try:
            with transactions.one_run():
                yield
        finally:
            _read.reset(token)

    def suites(self) -> dict[str, Suite]:
        """The suites of the project, loaded strictly; corrections that would undo each other are refused."""
        # Imported where needed: the parser of conditions costs a third of a second, which a booking path does not pay.
        from data_consistency.rules.checked import checked_suites

        read, folder = _read.get(), self.settings.var / "cache"
        if read is None:
            return checked_suites(self.project, folder)
        if self.project not in read:
            read[self.project] = checked_suites(self.project, folder)
        return read[self.project]

    def suite_of(self, table: str) -> Suite:
        """The suite of a table.

        Raises:
            WrongUse: no suite of that name.
        """
        suites = self.suites()
        if table not in suites:
            raise WrongUse(f"no suite for table '{table}'; there are {', '.join(suites)}")
        return suites[table]

    def rule_set(self) -> str:
        """Fingerprint of the rules of all suites."""
        return rule_set_fingerprint(rule for suite in self.suites().values() for rule in suite.rules)

    def folder(self, name: str) -> Path:
        """A folder of this source under var/."""
        return self.source.folder(self.settings.var / name)


def build(
    environ: Mapping[str, str] | None = None, *, source: str | None = None, database_url: str | None = None
) -> Runtime:
    """What this process works with.

    Args:
        environ: the environment; None: the process's own.
        source: name of a watched database; None: the one that CONSISTENCY_SOURCE names, or the only one.
        database_url: wins over what the source says (Airflow hands in its connection).

    Raises:
        ConfigurationError: a setting is missing or wrong.
        WrongUse: there is no such source.
    """
    env = os.environ if environ is None else environ
    files = project.find(env)
    chosen = sources.choose(sources.load_sources(files, env), source, env)
    url = database_url or database_url_of(chosen, env)
    where = f"the connection of source '{chosen.name}'" if database_url else _variable_of(chosen, env)
    sources.current.set(chosen.name)
    return Runtime(
        project=files,
        settings=config.load_settings(files, env),
        source=chosen,
        engine=make_engine(url, files, where=where, zone=chosen.timezone),
    )


def database_url_of(source: Source, environ: Mapping[str, str]) -> str:
    """Where a source's database is, as far as the environment says it; holds a password, so never to be logged.

    Raises:
        ConfigurationError: the variable is not set; names source and variable.
    """
    if source.url_env is not None and (url := environ.get(source.url_env, "").strip()):
        return url
    if source.url_env is not None and not source.is_default:
        raise ConfigurationError(f"source '{source.name}': url_env: the variable {source.url_env} is not set")
    name = source.connection or sources.CONNECTION
    variable = _variable_of_connection(source)
    uri = environ.get(variable, "").strip()
    if uri.startswith("mysql://"):
        return "mysql+pymysql" + uri.removeprefix("mysql")
    if uri:
        raise ConfigurationError(f"{variable}: not a mysql:// address")
    if source.connection is not None:
        raise ConfigurationError(
            f"source '{source.name}': connection '{name}' is known to Airflow alone; set {variable}, or name a variable"
            " with its URL as url_env"
        )
    raise ConfigurationError(
        f"{sources.DATABASE_URL} is not set; run `consistency db start` for a private database and export the URL"
        f" it prints, or define the Airflow connection {sources.CONNECTION}"
    )


def _variable_of(source: Source, environ: Mapping[str, str]) -> str:
    """The variable that says where a source's database is."""
    if source.url_env is not None and environ.get(source.url_env, "").strip():
        return source.url_env
    return _variable_of_connection(source)


def _variable_of_connection(source: Source) -> str:
    return f"AIRFLOW_CONN_{(source.connection or sources.CONNECTION).upper()}"


def log_to_file(settings: Settings) -> None:
    """Also append our log lines to data-consistency.log, the file operators know; never stops the work."""
    logger = logging.getLogger("data_consistency")
    handler = LogFile(settings.var / "log" / "data-consistency.log")
    if any(getattr(known, "baseFilename", None) == handler.baseFilename for known in logger.handlers):
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
