"""A schema where everything is well, and how a state of it is broken."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pymysql
import pytest
from typer.testing import CliRunner

from data_consistency.cli import build_app
from tests import worlds

RUN = (
    "INSERT INTO consistency_runs (id, kind, status, actor, dry_run, started_at, alive_at, finished_at, error) VALUES "
)
INCIDENT = (
    "INSERT INTO consistency_incidents (kind, rule, table_name, status, found, cap, detail, run_id, opened_at,"
    " last_seen_at, decided_at, expires_at, notified_at) VALUES "
)
NOW = "UTC_TIMESTAMP(6)"
MAIL = (
    "INSERT INTO consistency_outbox (dedupe_key, kind, severity, subject, body, status, attempts, last_error,"
    " created_at, sent_at) VALUES "
)
ITEM = (
    "INSERT INTO manual_review_queue (company_id, entity_type, entity_id, reason, status, kind, assigned_at,"
    " fingerprint, created_at, updated_at) VALUES "
)
ALERT = (
    "INSERT INTO data_consistency_alerts (alert_type, severity, entity_type, entity_id, company_id, description,"
    " detected_at, fingerprint, first_seen_at, last_seen_at, created_at, updated_at, notified_at) VALUES "
)
SWITCH = "REPLACE INTO consistency_settings (name, value, updated_at, updated_by) VALUES "
BREAKER = (
    "INSERT INTO circuit_breaker_states (service_key, current_state, mode, opened_at, mode_changed_at, created_at,"
    " updated_at) VALUES "
)


def ago(hours: float) -> str:
    """So many hours ago, in SQL."""
    return f"{NOW} - INTERVAL {int(hours * 60)} MINUTE"


def beat(name: str, hours: float) -> str:
    """A heartbeat that was beaten last so many hours ago, in SQL."""
    names = "'check', 'full'" if name == "check" else f"'{name}'"
    return f"UPDATE consistency_heartbeats SET seen_at = {ago(hours)} WHERE name IN ({names})"


@dataclass(frozen=True, kw_only=True)
class World:
    """A schema where everything is well."""

    url: str
    tmp_path: Path
    monkeypatch: pytest.MonkeyPatch
    env: dict[str, str] = field(default_factory=dict)
    kept: "list[pymysql.Connection[pymysql.cursors.Cursor]]" = field(default_factory=list)  # open until the test ends

    def run(self, *statements_: str) -> None:
        engine = worlds.make_engine(self.url)
        with engine.begin() as connection:
            connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
            for statement in statements_:
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        engine.dispose()

    def ask(self, *words: str, url: str | None = None) -> tuple[int, list[dict[str, object]]]:
        """Status and signs of the command."""
        env = {
            "CONSISTENCY_DB_URL": url or self.url,
            "CONSISTENCY_DRY_RUN": "false",
            "CONSISTENCY_VAR": str(self.tmp_path / "var"),
            **self.env,
        }
        done = CliRunner(env=env).invoke(build_app(), ["doctor", "--json", *words])
        return done.exit_code, json.loads(done.stdout or "[]")


@dataclass(frozen=True, kw_only=True)
class State:
    """One broken state, and what is said of it."""

    sign: str
    said: str
    remedy: str
    sql: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    make: Callable[[World], object] | None = None
    undo: tuple[str, ...] = ()  # what no schema holds
    also: frozenset[str] = frozenset()  # signs of the same state
    status: int = 1


def several(world: World, entry: str) -> None:
    """A file of settings names the databases."""
    path = world.tmp_path / "consistency.toml"
    path.write_text(f'[sources.default]\nurl_env = "SHOP_URL"\n{entry}\n', encoding="utf-8")
    world.env.update({"CONSISTENCY_CONFIG": str(path), "SHOP_URL": world.url, "CONSISTENCY_DB_URL": ""})
