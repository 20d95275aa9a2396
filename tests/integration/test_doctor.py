"""Every state that the doctor knows: produced in a real database, told in a sentence with its remedy, status not 0."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pymysql
import pytest
from typer.testing import CliRunner

from consistency_sandbox.servers import private
from data_consistency import pipeline
from data_consistency.cli import build_app, main
from data_consistency.health import examination, machine, server, sign
from data_consistency.project import shipped
from data_consistency.schema.grants import statements
from tests import worlds
from tests.schemas import Schemas

_RUN = (
    "INSERT INTO consistency_runs (id, kind, status, actor, dry_run, started_at, alive_at, finished_at, error) VALUES "
)
_INCIDENT = (
    "INSERT INTO consistency_incidents (kind, rule, table_name, status, found, cap, detail, run_id, opened_at,"
    " last_seen_at, decided_at, expires_at, notified_at) VALUES "
)
_NOW = "UTC_TIMESTAMP(6)"
_MAIL = (
    "INSERT INTO consistency_outbox (dedupe_key, kind, severity, subject, body, status, attempts, last_error,"
    " created_at, sent_at) VALUES "
)
_ITEM = (
    "INSERT INTO manual_review_queue (company_id, entity_type, entity_id, reason, status, kind, assigned_at,"
    " fingerprint, created_at, updated_at) VALUES "
)
_ALERT = (
    "INSERT INTO data_consistency_alerts (alert_type, severity, entity_type, entity_id, company_id, description,"
    " detected_at, fingerprint, first_seen_at, last_seen_at, created_at, updated_at, notified_at) VALUES "
)
_SWITCH = "REPLACE INTO consistency_settings (name, value, updated_at, updated_by) VALUES "
_BREAKER = (
    "INSERT INTO circuit_breaker_states (service_key, current_state, mode, opened_at, mode_changed_at, created_at,"
    " updated_at) VALUES "
)


def _ago(hours: float) -> str:
    return f"{_NOW} - INTERVAL {int(hours * 60)} MINUTE"


@dataclass(frozen=True, kw_only=True)
class _World:
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


def _make_well(url: str) -> None:
    """Everything was done lately, in a schema that has been ours for long."""
    worlds.create(url, triggers=True)
    rt = worlds.runtime(url)
    pipeline.check_run(rt, actor="test", full=True)
    pipeline.check_run(rt, actor="test")
    for kind in ("review", "report", "maintenance"):
        pipeline.begin(rt, kind, kind, "test")
        pipeline.finish(rt, kind)
    worlds.execute(rt.engine, "UPDATE consistency_marker SET created_at = created_at - INTERVAL 40 DAY")
    rt.engine.dispose()


@pytest.fixture
def well(
    database_server: private.Server, schemas: Schemas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[_World]:
    """A world where the doctor has nothing to say."""
    with schemas.use(database_server, "well", _make_well) as url:
        world = _World(url=url, tmp_path=tmp_path, monkeypatch=monkeypatch)
        world.run(f"UPDATE consistency_heartbeats SET seen_at = {_NOW}")
        yield world
        for connection in world.kept:
            connection.close()


def _bad(signs: Sequence[dict[str, object]]) -> dict[object, dict[str, object]]:
    return {each["name"]: each for each in signs if not each["ok"]}


@pytest.mark.every_server
def test_where_all_is_well_there_is_no_sign(well: _World) -> None:
    """Status 0, and every sign that there is was asked."""
    status, signs = well.ask()

    assert (0, {}) == (status, _bad(signs))
    asked = {str(each["name"]) for each in signs}
    assert all(any(name == kind or name.startswith(f"{kind} ") for name in asked) for kind in sign.ALL)


@dataclass(frozen=True, kw_only=True)
class _State:
    """One broken state, and what is said of it."""

    sign: str
    said: str
    remedy: str
    sql: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    make: Callable[[_World], object] | None = None
    undo: tuple[str, ...] = ()  # what no schema holds
    also: frozenset[str] = frozenset()  # signs of the same state
    status: int = 1


def _own_rules(world: _World, text: str) -> None:
    folder = world.tmp_path / "rules" / "expectations"
    folder.mkdir(parents=True)
    (folder / "calls.json").write_text(text, encoding="utf-8")
    world.env["CONSISTENCY_RULES"] = str(folder.parent)


def _no_correction(world: _World) -> None:
    suite = json.loads((shipped().home / "expectations" / "calls.json").read_text(encoding="utf-8"))
    suite["expectations"] = [one for one in suite["expectations"] if one["meta"].get("correction")][:1]
    suite["expectations"][0]["meta"]["correction"] = "no_such_correction"
    _own_rules(world, json.dumps(suite))


def _broken_dag(world: _World) -> None:
    home = world.tmp_path / "home"
    for part in ("expectations", "sql", "dags"):
        shutil.copytree(shipped().home / part, home / part)
    (home / "dags" / "consistency_check.py").write_text("with DAG(:\n", encoding="utf-8")
    world.env["CONSISTENCY_HOME"] = str(home)


def _unwritable(world: _World) -> None:
    (world.tmp_path / "file").write_text("", encoding="utf-8")
    world.env["CONSISTENCY_VAR"] = str(world.tmp_path / "file" / "var")


def _full_disk(world: _World) -> None:
    usage = shutil._ntuple_diskusage(10**12, 10**12 - 10**6, 10**6)  # type: ignore[attr-defined]
    world.monkeypatch.setattr(machine.shutil, "disk_usage", lambda _folder: usage)


def _several(world: _World, entry: str) -> None:
    path = world.tmp_path / "consistency.toml"
    path.write_text(f'[sources.default]\nurl_env = "SHOP_URL"\n{entry}\n', encoding="utf-8")
    world.env.update({"CONSISTENCY_CONFIG": str(path), "SHOP_URL": world.url, "CONSISTENCY_DB_URL": ""})


def _clock_apart(world: _World) -> None:
    world.monkeypatch.setattr(server, "utc_now", lambda: datetime.now().astimezone() + timedelta(minutes=5))


def _many_connections(world: _World) -> None:
    url = worlds.make_engine(world.url).url
    world.kept.extend(pymysql.connect(unix_socket=str(url.query["unix_socket"]), user="root") for _ in range(9))


def _long_transaction(world: _World) -> None:
    url = worlds.make_engine(world.url).url
    kept = pymysql.connect(unix_socket=str(url.query["unix_socket"]), user="root", database=url.database)
    world.kept.append(kept)
    with kept.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE companies SET name = 'other' WHERE id = 1")
        cursor.execute("DO SLEEP(1.1)")
    world.monkeypatch.setattr(server, "_LONG_SECONDS", 0)


def _shut_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _no_mail_server(world: _World) -> None:
    world.env["CONSISTENCY_SMTP_URL"] = f"smtp://127.0.0.1:{_shut_port()}"


def _real_correction(world: _World) -> None:
    """As many as the caps of a day allow."""
    world.env["CONSISTENCY_MAX_CORRECTIONS_PER_DAY"] = "1"
    rt = worlds.runtime(world.url)
    rule = next(rule for suite in rt.suites().values() for rule in suite.rules if rule.mode == "correct")
    rt.engine.dispose()
    world.run(
        "INSERT INTO consistency_corrections (run_id, rule, rule_fingerprint, correction, table_name, entity_id,"
        f" before_values, after_values, evidence, actor, applied_at) VALUES ('r', '{rule.id}', 'f', 'c', 'calls', 1,"
        f" '{{}}', '{{}}', 'e', 'a', {_NOW})"
    )


_SMTP = {"CONSISTENCY_ALERT_EMAILS": "on-call@example.org"}
_CALENDAR = f"INSERT INTO consistency_heartbeats (name, seen_at) VALUES ('calcom', {_NOW})"
_OLD_RUNS = tuple(f"{_RUN}('f{n}', 'check', 'failed', 'a', 0, {_NOW}, {_NOW}, {_NOW}, 'InvalidRule')" for n in range(3))
_CHECKS_GONE = "DELETE FROM consistency_heartbeats WHERE name IN ('check', 'full')"


def _beat(name: str, hours: float) -> str:
    names = "'check', 'full'" if name == "check" else f"'{name}'"
    return f"UPDATE consistency_heartbeats SET seen_at = {_ago(hours)} WHERE name IN ({names})"


_STATES = {
    "a column is gone": _State(
        sign="schema",
        said="appointments.consistency_staff_index is missing",
        remedy="`consistency migrate`",
        sql=("ALTER TABLE appointments DROP INDEX consistency_staff_index",),
    ),
    "a table is gone": _State(
        sign="schema",
        said="table consistency_booking_rechecks is missing",
        remedy="`consistency migrate` puts it back",
        sql=("DROP TABLE consistency_booking_rechecks",),
    ),
    "a view is gone": _State(
        sign="schema",
        said="view consistency_call_display is missing",
        remedy="`consistency migrate`",
        sql=("DROP VIEW consistency_call_display",),
    ),
    "a view was changed": _State(
        sign="schema",
        said="view consistency_call_display is not as its file has it",
        remedy="`consistency migrate` mends it",
        sql=("CREATE OR REPLACE VIEW consistency_call_display AS SELECT id FROM calls",),
    ),
    "a view is of another release": _State(
        sign="schema",
        said="view consistency_call_display is not as its file has it",
        remedy="`consistency migrate` mends it",
        sql=("UPDATE consistency_settings SET value = 'x' WHERE name = 'view consistency_call_display'",),
    ),
    "migrations are behind": _State(
        sign="schema",
        said="has version 0017",
        remedy="`consistency migrate`",
        sql=("UPDATE consistency_migrations SET version_num = '0017'",),
    ),
    "migrations are ahead": _State(
        sign="schema",
        said="which a newer release made",
        remedy="install that release here too",
        sql=("UPDATE consistency_migrations SET version_num = '9001'",),
    ),
    "a trigger is gone": _State(
        sign="triggers",
        said="trigger before_insert_call_set_direction is missing",
        remedy="`consistency migrate`",
        sql=("DROP TRIGGER before_insert_call_set_direction",),
    ),
    "a trigger was changed": _State(
        sign="triggers",
        said="trigger after_delete_phase_note_row is not as its file has it",
        remedy="`consistency migrate`",
        sql=(
            "DROP TRIGGER after_delete_phase_note_row",
            "CREATE DEFINER = 'consistency_definer'@'localhost' TRIGGER after_delete_phase_note_row AFTER DELETE"
            " ON appointment_phases FOR EACH ROW SET @nothing = 1",
        ),
    ),
    "the triggers' account lacks a right": _State(
        sign="triggers",
        said="every write may fail",
        remedy="consistency grants definer",
        sql=("REVOKE INSERT ON data_consistency_alerts FROM 'consistency_definer'@'localhost'",),
        undo=("GRANT INSERT ON data_consistency_alerts TO 'consistency_definer'@'localhost'",),
    ),
    "a table has no transactions": _State(
        sign="engines",
        said="consistency_outbox (MyISAM)",
        remedy="ENGINE = InnoDB",
        sql=("ALTER TABLE consistency_outbox ENGINE = MyISAM",),
    ),
    "a mapping is not in force": _State(
        sign="mapping",
        said="no mapping is in force",
        remedy="`consistency mapping create",
        make=lambda world: _several(world, 'mapping = "s2"'),
    ),
    "a mapping has no file": _State(
        sign="mapping",
        said="there is no sql/mappings/nowhere.json",
        remedy="correct `mapping`",
        make=lambda world: _several(world, 'mapping = "nowhere"'),
    ),
    "clocks are apart": _State(
        sign="clock", said="300 s between this machine and the database", remedy="NTP", make=_clock_apart
    ),
    "the server takes no writes": _State(
        sign="server writes",
        said="read only",
        remedy="read_only = 0",
        sql=("SET GLOBAL read_only = 1",),
        undo=("SET GLOBAL read_only = 0",),
    ),
    "statements must be small": _State(
        sign="server packets",
        said="65536 bytes at most",
        remedy="max_allowed_packet",
        sql=("SET GLOBAL max_allowed_packet = 65536",),
        undo=("SET GLOBAL max_allowed_packet = 16777216",),
    ),
    "no connection is left": _State(
        sign="server connections",
        said="of 10 in use",
        remedy="max_connections",
        sql=("SET GLOBAL max_connections = 10",),
        make=_many_connections,
        undo=("SET GLOBAL max_connections = 100",),
    ),
    "the server is not strict": _State(
        sign="server sql_mode",
        said="not strict",
        remedy="STRICT_TRANS_TABLES",
        sql=("SET GLOBAL sql_mode = 'NO_ENGINE_SUBSTITUTION'",),
        undo=("SET GLOBAL sql_mode = DEFAULT",),
    ),
    "a transaction is open for long": _State(
        sign="server transactions", said="open for over an hour: connection ", remedy="KILL ", make=_long_transaction
    ),
    "a suite is no JSON": _State(
        sign="suites", said="calls.json", remedy="mend the file", make=lambda world: _own_rules(world, "{")
    ),
    "a correction does not exist": _State(
        sign="suites", said="no_such_correction", remedy="mend the file", make=_no_correction
    ),
    "a DAG file cannot be parsed": _State(
        sign="dags",
        said="consistency_check.py: SyntaxError in line 1",
        remedy="airflow dags list-import-errors",
        make=_broken_dag,
    ),
    "the folder cannot be written": _State(
        sign="files", said="cannot be written", remedy="CONSISTENCY_VAR", make=_unwritable
    ),
    "the disk is full": _State(sign="disk", said="0 MiB of 953674 free", remedy="delete", make=_full_disk),
    "a variable is misspelt": _State(
        sign="variables",
        said="CONSISTENCY_DRYRUN is read by nobody, perhaps CONSISTENCY_DRY_RUN is meant",
        remedy="docs/operations.md",
        env={"CONSISTENCY_DRYRUN": "false"},
    ),
    "a cap lets nothing pass": _State(
        sign="caps of the settings",
        said="CONSISTENCY_MAX_CORRECTIONS=0",
        remedy="correct the setting",
        env={"CONSISTENCY_MAX_CORRECTIONS": "0"},
    ),
    "a share lets nothing pass": _State(
        sign="caps of the settings",
        said="CONSISTENCY_MAX_CORRECTION_RATIO=0",
        remedy="correct the setting",
        env={"CONSISTENCY_MAX_CORRECTION_RATIO": "0"},
    ),
    "caps contradict each other": _State(
        sign="caps of the settings",
        said="a day allows 5 rows of a rule, a single run 25",
        remedy="correct the setting",
        env={"CONSISTENCY_MAX_CORRECTIONS_PER_DAY": "5"},
    ),
    "rows rest for ever": _State(
        sign="caps of the settings",
        said="rows rest 90000 minutes",
        remedy="correct the setting",
        env={"CONSISTENCY_MIN_AGE_MINUTES": "90000"},
    ),
    "links lead nowhere": _State(
        sign="addresses of pages",
        said="'airflow.example.org' is no address",
        remedy="CONSISTENCY_BASE_URL",
        env={"CONSISTENCY_BASE_URL": "airflow.example.org"},
    ),
    "a company that opted out does not exist": _State(
        sign="companies that opted out",
        said="not there: 99",
        remedy="CONSISTENCY_OPTED_OUT_COMPANIES",
        env={"CONSISTENCY_OPTED_OUT_COMPANIES": "1,99"},
    ),
    "no check was ever done": _State(
        sign="heartbeat check", said="never done", remedy="the DAG consistency_check", sql=(_CHECKS_GONE,)
    ),
    "the last check is old": _State(
        sign="heartbeat check", said="last done", remedy="`consistency pools`", sql=(_beat("check", 0.5),)
    ),
    "a check was done in the future": _State(
        sign="heartbeat check", said="in the future", remedy="NTP", sql=(_beat("check", -1),)
    ),
    "the queue is not cared for": _State(
        sign="heartbeat review", said="last done", remedy="review_queue_processing", sql=(_beat("review", 3),)
    ),
    "no report was made": _State(
        sign="heartbeat report", said="last done", remedy="daily_consistency_report", sql=(_beat("report", 30),)
    ),
    "nothing is deleted": _State(
        sign="heartbeat maintenance",
        said="last done",
        remedy="consistency_maintenance",
        sql=(_beat("maintenance", 30),),
    ),
    "the calendar fell silent": _State(
        sign="source calcom",
        said="no Cal.com source has reported in the last 3 hours",
        remedy="consistency_reconcile",
        sql=(_CALENDAR, _beat("calcom", 4)),
    ),
    "one company's calendar is not read": _State(
        sign="calendars",
        said="company 1 (horizon, last ",
        remedy="`read` task",
        sql=(
            _CALENDAR,
            "INSERT INTO consistency_calcom_readings (company_id, kind, completed_at, run_id, created_at, updated_at)"
            f" VALUES (1, 'horizon', {_ago(40)}, 'r', {_ago(90)}, {_NOW})",
        ),
    ),
    "a run died": _State(
        sign="runs stuck",
        said="check dead gave no sign of life since",
        remedy="the next run ends a dead one",
        sql=(f"{_RUN}('dead', 'check', 'running', 'a', 0, {_ago(2)}, {_ago(1)}, NULL, NULL)",),
    ),
    "a run is far slower than usual": _State(
        sign="runs stuck",
        said="check slow runs since",
        remedy="look at its task in Airflow",
        sql=(f"{_RUN}('slow', 'check', 'running', 'a', 0, {_ago(2)}, {_NOW}, NULL, NULL)",),
    ),
    "every check fails": _State(
        sign="runs failing check",
        said="the last 3 all failed: InvalidRule",
        remedy="mend what the newest error names",
        sql=_OLD_RUNS,
    ),
    "machines have other rules": _State(
        sign="rules elsewhere",
        said="had rule set 000000000000",
        remedy="deploy one version",
        sql=(f"UPDATE consistency_runs SET rule_set = '{'0' * 64}'",),
    ),
    "no full check for a day": _State(
        sign="full check",
        said="not within 26 hours: appointments, calls",
        remedy="`consistency check --full`",
        sql=("UPDATE consistency_rule_results SET evaluated_at = evaluated_at - INTERVAL 2 DAY",),
    ),
    "a watermark is ahead": _State(
        sign="watermarks",
        said="ahead of the server's clock: calls",
        remedy="`consistency check`",
        sql=(f"UPDATE consistency_watermarks SET changed_until = {_ago(-5)} WHERE table_name = 'calls'",),
    ),
    "a watermark does not move": _State(
        sign="watermarks",
        said="behind: calls (",
        remedy="`consistency check`",
        sql=(f"UPDATE consistency_watermarks SET changed_until = {_ago(5)} WHERE table_name = 'calls'",),
    ),
    "a table was never checked": _State(
        sign="watermarks",
        said="never checked: customers",
        remedy="`consistency check`",
        sql=("DELETE FROM consistency_watermarks WHERE table_name = 'customers'",),
    ),
    "a rule is not evaluated": _State(
        sign="not evaluated",
        said="calls.some_rule since",
        remedy="mend what the reason names",
        sql=(
            f"{_INCIDENT}('not_evaluated', 'some_rule', 'calls', 'open', 0, 0, 'no column x', 'r', {_ago(3)}, {_NOW},"
            f" NULL, NULL, {_NOW})",
        ),
    ),
    "a mail failed": _State(
        sign="mail",
        said="1 undelivered, the oldest of",
        remedy="mend the channel",
        sql=(f"{_MAIL}('k', 'k', 's', 's', 'b', 'failed', 2, 'host:25: refused', {_NOW}, NULL)",),
    ),
    "mails are not delivered": _State(
        sign="mail",
        said="1 undelivered",
        remedy="`consistency check`",
        sql=(f"{_MAIL}('k', 'k', 's', 's', 'b', 'pending', 0, NULL, {_ago(1)}, NULL)",),
    ),
    "a mail is refused for good": _State(
        sign="mail set aside",
        said="1 are set aside: host:25: 550 no such user",
        remedy="`consistency alert mails`",
        sql=(
            f"{_MAIL}('k', 'k', 's', 's', 'b', 'failed', 1, 'host:25: 550 no such user', {_NOW}, NULL)",
            "INSERT INTO consistency_deliveries (message_id, channel, recipient, status, attempts, due_at, last_error,"
            f" created_at) SELECT id, 'mail', 'r', 'set_aside', 1, {_NOW}, last_error, {_NOW} FROM consistency_outbox",
        ),
    ),
    "a channel lets nothing through": _State(
        sign="channel mail",
        said="host:25: refused",
        remedy="mend what the channel leads to",
        sql=(f"INSERT INTO consistency_channels VALUES ('mail', {_ago(1)}, 3, {_NOW}, 'host:25: refused')",),
    ),
    "a recipient is no address": _State(
        sign="mail recipients",
        said="'nobody' is no address",
        remedy="CONSISTENCY_ALERT_EMAILS",
        env={"CONSISTENCY_ALERT_EMAILS": "nobody"},
    ),
    "an operational schema mails nobody": _State(
        sign="mail recipients",
        said="nobody is named",
        remedy="CONSISTENCY_ALERT_EMAILS",
        sql=("UPDATE consistency_marker SET environment = 'operational'",),
    ),
    "the mail server is away": _State(
        sign="mail channel",
        said="cannot be reached (ConnectionRefusedError)",
        remedy="CONSISTENCY_SMTP_URL",
        env=_SMTP,
        make=_no_mail_server,
    ),
    "the mail server's URL is none": _State(
        sign="mail channel",
        said="not a mail server",
        remedy="correct CONSISTENCY_SMTP_URL",
        env={**_SMTP, "CONSISTENCY_SMTP_URL": "http://mail.example.org"},
    ),
    "the sender is no address": _State(
        sign="mail channel",
        said="the sender is no address",
        remedy="CONSISTENCY_MAIL_FROM",
        env={**_SMTP, "CONSISTENCY_SMTP_URL": "smtp://127.0.0.1:1", "CONSISTENCY_MAIL_FROM": "us"},
    ),
    "nobody is told of a finding": _State(
        sign="untold",
        said="1 critical findings and 0 incidents",
        remedy="`notify`",
        sql=(f"{_ALERT}('r', 'critical', 'call', 1, 1, 'd', {_ago(3)}, 'f', {_NOW}, {_NOW}, {_NOW}, {_NOW}, NULL)",),
    ),
    "an incident waits": _State(
        sign="incidents",
        said="1 wait for a person",
        remedy="`consistency incident list`",
        sql=(
            f"{_INCIDENT}('cap_exceeded', 'r', 'calls', 'open', 30, 25, 'd', 'r', {_NOW}, {_NOW}, NULL, NULL, {_NOW})",
        ),
    ),
    "an approved plan is not applied": _State(
        sign="plans",
        said="plan 1 of r is still approved",
        remedy="`consistency check`",
        sql=(
            f"{_INCIDENT}('cap_exceeded', 'r', 'calls', 'approved', 30, 25, 'd', 'r', {_ago(9)}, {_NOW}, {_ago(3)},"
            f" {_ago(-90)}, {_NOW})",
        ),
    ),
    "an approved plan has expired": _State(
        sign="plans",
        said="plan 1 of r has expired",
        remedy="asked about anew",
        sql=(
            f"{_INCIDENT}('cap_exceeded', 'r', 'calls', 'approved', 30, 25, 'd', 'r', {_ago(900)}, {_NOW}, {_ago(800)},"
            f" {_ago(2)}, {_NOW})",
        ),
    ),
    "questions are overdue": _State(
        sign="review queue",
        said="1 questions wait for over 7 days",
        remedy="`consistency queue list`",
        sql=(f"{_ITEM}(1, 'call', 1, 'r', 'pending', 'question', NULL, 'f', {_ago(200)}, {_NOW})",),
    ),
    "claims are abandoned": _State(
        sign="review queue",
        said="1 claims are older than a day",
        remedy="review_queue_processing",
        sql=(f"{_ITEM}(1, 'call', 1, 'r', 'in_progress', 'question', {_ago(40)}, 'f', {_ago(41)}, {_NOW})",),
    ),
    "a question names no company": _State(
        sign="companies of findings",
        said="0 findings and 1 review items name none",
        remedy="`consistency check --full`",
        sql=(f"{_ITEM}(NULL, 'call', 1, 'r', 'pending', 'question', NULL, 'f', {_NOW}, {_NOW})",),
    ),
    "a booking is not looked at again": _State(
        sign="bookings unverified",
        said="1 wait, the oldest since",
        remedy="`consistency booking recheck`",
        sql=(
            "INSERT INTO consistency_booking_rechecks (company_id, call_id, requested_at, due_at, cause, created_at,"
            f" updated_at) VALUES (1, 1, {_ago(3)}, {_ago(2)}, 'c', {_NOW}, {_NOW})",
        ),
    ),
    "a key ends": _State(
        sign="booking keys",
        said="'shop' of company 1 on",
        remedy="`consistency booking create-key`",
        sql=(
            "INSERT INTO consistency_api_keys (company_id, name, key_hash, expires_at, created_at, created_by)"
            f" VALUES (1, 'shop', 'h', {_ago(-48)}, {_NOW}, 'a')",
        ),
    ),
    "a switch is misspelt": _State(
        sign="settings",
        said="triggers_enabled: 'ja' is neither true nor false",
        remedy="`consistency switch triggers_enabled on`",
        sql=(f"{_SWITCH}('triggers_enabled', 'ja', {_NOW}, 'x')",),
        also=frozenset({"triggers_enabled"}),
    ),
    "the kill switch is thrown": _State(
        sign="corrections_enabled",
        said="by cli:eva",
        remedy="`consistency switch corrections_enabled on`",
        sql=(f"{_SWITCH}('corrections_enabled', 'false', {_NOW}, 'cli:eva')",),
    ),
    "the settings hold guard and corrections": _State(
        sign="corrections_enabled",
        said="the booking guard is held too",
        remedy="CONSISTENCY_CORRECTIONS_ENABLED=true",
        env={"CONSISTENCY_CORRECTIONS_ENABLED": "false"},
    ),
    "the triggers are switched off": _State(
        sign="triggers_enabled",
        said="switched off since",
        remedy="`consistency switch triggers_enabled on`",
        sql=(f"{_SWITCH}('triggers_enabled', 'false', {_NOW}, 'x')",),
    ),
    "a dry run lasts": _State(
        sign="mode",
        said="dry run since",
        remedy="CONSISTENCY_DRY_RUN=false",
        sql=("UPDATE consistency_runs SET started_at = started_at - INTERVAL 20 DAY WHERE dry_run = 0",),
        env={"CONSISTENCY_DRY_RUN": "true"},
    ),
    "a cap is reached": _State(
        sign="caps",
        said="(1 of 1 rows)",
        remedy="`consistency rules replay --rule ID`",
        make=_real_correction,
        also=frozenset({"audit", "caps of the settings"}),
    ),
    "a breaker is open": _State(
        sign="breakers",
        said="calcom:company:1 is open since",
        remedy="mend the service",
        sql=(f"{_BREAKER}('calcom:company:1', 'open', 'automatic', {_ago(2)}, NULL, {_NOW}, {_NOW})",),
    ),
    "a breaker was set by hand": _State(
        sign="breakers",
        said="calcom:company:1 is disabled since",
        remedy="`consistency breaker reset KEY",
        sql=(f"{_BREAKER}('calcom:company:1', 'closed', 'disabled', NULL, {_ago(40)}, {_NOW}, {_NOW})",),
    ),
    "an event was changed": _State(
        sign="audit",
        said="it was changed: its hash does not fit what it says",
        remedy="`consistency audit verify`",
        sql=("UPDATE consistency_events SET actor = 'nobody' ORDER BY id LIMIT 1",),
    ),
    "an event was deleted": _State(
        sign="audit",
        said="is gone",
        remedy="`consistency audit verify`",
        sql=("DELETE FROM consistency_events ORDER BY id DESC LIMIT 1",),
    ),
    "what is settled is kept": _State(
        sign="retention",
        said="not deleted in time: messages",
        remedy="consistency_maintenance",
        sql=(f"{_MAIL}('k', 'k', 's', 's', 'b', 'sent', 1, NULL, {_ago(1000)}, {_ago(1000)})",),
    ),
    "events are kept beyond their year": _State(
        sign="retention",
        said="events since",
        remedy="`consistency audit prune` as the migrator",
        sql=("UPDATE consistency_events SET occurred_at = occurred_at - INTERVAL 500 DAY ORDER BY id LIMIT 1",),
        also=frozenset({"audit"}),
    ),
}


@pytest.mark.parametrize("name", _STATES)
def test_a_broken_state_is_told_with_its_remedy(well: _World, name: str) -> None:
    """One sentence, what to do, a status that is not 0, and no other sign."""
    state = _STATES[name]
    try:
        well.run(*state.sql)
        well.env.update(state.env)
        if state.make is not None:
            state.make(well)
        status, signs = well.ask()
    finally:
        well.run(*state.undo)

    bad = _bad(signs)
    assert {state.sign, *state.also} == set(bad)
    assert state.said in str(bad[state.sign]["detail"])
    assert state.remedy in str(bad[state.sign]["remedy"])
    assert state.status == status
    assert all(each["remedy"] for each in bad.values())


def test_a_sign_that_fails_or_hangs_does_not_stop_the_others(well: _World) -> None:
    """Each is told in a line with what to do, the rest is asked; status 3: not everything could be judged."""
    release = threading.Event()

    def fail(_look: sign.Look) -> Iterator[sign.Word]:
        raise ZeroDivisionError
        yield

    def hang(_look: sign.Look) -> list[sign.Word]:
        release.wait(60)
        return []

    signs = dict(sign.ALL)
    well.monkeypatch.setattr(sign, "ALL", signs)
    signs["schema"] = replace(signs["schema"], look=_placed(fail, "schema"))
    signs["triggers"] = replace(signs["triggers"], look=_placed(hang, "triggers"), seconds=0.2)

    status, said = well.ask()
    release.set()

    bad = _bad(said)
    assert (3, {"schema", "triggers"}) == (status, set(bad))
    assert "could not be looked at: ZeroDivisionError at " in str(bad["schema"]["detail"])
    assert "no answer within" in str(bad["triggers"]["detail"])
    assert all(each["remedy"] for each in bad.values())
    assert len(said) > 40


def _placed(look: Callable[[sign.Look], Iterable[sign.Word]], name: str) -> Callable[[sign.Look], Iterable[sign.Word]]:
    look.__module__ = sign.ALL[name].look.__module__
    return look


def test_a_lock_that_is_held_hangs_one_sign_alone(well: _World) -> None:
    """Somebody alters a table of ours: what reads it says so, and the rest is asked."""
    url = worlds.make_engine(well.url).url
    kept = pymysql.connect(unix_socket=str(url.query["unix_socket"]), user="root", database=url.database)
    well.kept.append(kept)
    kept.cursor().execute("LOCK TABLES consistency_outbox WRITE")
    for name in ("mail", "retention"):
        well.monkeypatch.setitem(sign.ALL, name, replace(sign.ALL[name], seconds=0.5))

    status, said = well.ask()
    kept.cursor().execute("UNLOCK TABLES")

    assert (3, {"mail", "retention"}) == (status, set(_bad(said)))


def test_all_signs_together_have_their_time(well: _World) -> None:
    """Who asks for health does not wait for ever: what was not asked is told."""
    well.monkeypatch.setattr(examination, "ALL_SECONDS", 0.0)

    status, said = well.ask()

    assert 3 == status
    assert all("not asked: the others took all of 0 s" in str(each["detail"]) for each in said)


def _sign_in(world: _World, role: str) -> str:
    url = worlds.make_engine(world.url).url.set(username=f"t_{role}", password="secret")
    account = f"'t_{role}'@'localhost'"
    text = statements(shipped(), role, user=f"t_{role}@localhost", schema=str(url.database))
    grants = [part.rstrip(";") for part in text.split(";\n")]
    world.run(f"DROP USER IF EXISTS {account}", f"CREATE USER {account} IDENTIFIED BY 'secret'", *grants)
    return str(url.render_as_string(hide_password=False))


@pytest.mark.every_server
@pytest.mark.parametrize(
    ("role", "blind"),
    [
        ("reader", {"triggers", "watermarks", "server transactions"}),
        ("app", {"watermarks", "server transactions"}),
        ("corrector", {"watermarks", "server transactions"}),
    ],
)
def test_each_role_says_what_it_cannot_see_and_goes_on(well: _World, role: str, blind: set[str]) -> None:
    """Nothing is called wrong because somebody may not look, and everything else is asked."""
    url = _sign_in(well, role)

    status, signs = well.ask("--role", role, url=url)

    assert (0, {}) == (status, _bad(signs))
    assert blind == {each["name"] for each in signs if not each["is_seen"]}
    assert all(each["remedy"] for each in signs if not each["is_seen"])
    assert f"has what role {role} needs" in str(next(each for each in signs if each["name"] == "rights")["detail"])


@pytest.mark.every_server
def test_a_right_that_a_role_lacks_is_named(well: _World) -> None:
    """As the role that was named, or as the one that the user comes nearest to; with the command that grants it."""
    url = _sign_in(well, "corrector")
    well.run(
        "REVOKE INSERT ON consistency_outbox FROM 't_corrector'@'localhost'",
        "REVOKE UPDATE (direction) ON calls FROM 't_corrector'@'localhost'",
    )

    guessed, named = well.ask(url=url), well.ask("--role", "corrector", url=url)
    other_role = well.ask("--role", "migrator", url=url)

    for status, signs in (guessed, named):
        bad = _bad(signs)
        assert (1, {"rights"}) == (status, set(bad))
        assert "lacks, as corrector: " in str(bad["rights"]["detail"])
        assert "INSERT on consistency_outbox" in str(bad["rights"]["detail"])
        assert "UPDATE (direction) on calls" in str(bad["rights"]["detail"])
        assert "`consistency grants corrector --user t_corrector@localhost" in str(bad["rights"]["remedy"])
    assert "ALL PRIVILEGES on all tables" in str(_bad(other_role[1])["rights"]["detail"])


def test_without_a_right_to_read_a_sign_is_unseen(well: _World) -> None:
    """A user who may read some tables alone hears of each sign whether it could be judged."""
    url = worlds.make_engine(well.url).url.set(username="t_narrow", password="secret")
    well.run(
        "DROP USER IF EXISTS 't_narrow'@'localhost'",
        "CREATE USER 't_narrow'@'localhost' IDENTIFIED BY 'secret'",
        *(f"GRANT SELECT ON {table} TO 't_narrow'@'localhost'" for table in ("consistency_marker", "consistency_runs")),
    )

    _, signs = well.ask(url=url.render_as_string(hide_password=False))

    unseen = {each["name"] for each in signs if not each["is_seen"]}
    assert {"mail", "incidents", "review queue", "audit", "breakers"} <= unseen
    assert not [each for each in signs if not each["is_seen"] and not each["ok"]]
    assert "this account may not look (SELECT command denied" in str(
        next(each for each in signs if each["name"] == "mail")["detail"]
    )


def test_where_the_database_is_away_the_machine_is_looked_at_all_the_same(well: _World) -> None:
    """What needs no database is told, the error is one line, status 3."""
    away = worlds.make_engine(well.url).url.update_query_dict({"unix_socket": str(well.tmp_path / "none")})
    env = {
        "CONSISTENCY_DB_URL": away.render_as_string(hide_password=False),
        "CONSISTENCY_VAR": str(well.tmp_path / "var"),
        "CONSISTENCY_DRYRUN": "x",
    }
    done = subprocess.run(
        [sys.executable, "-m", "data_consistency", "doctor"],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 3 == done.returncode
    assert 1 == done.stderr.count("\n")
    assert "did not answer" in done.stderr
    assert "LOOK    variables" in done.stdout
    assert "ok      suites" in done.stdout
    assert "schema" not in done.stdout


def test_settings_that_contradict_each_other_are_named_before_anything_is_asked(
    well: _World, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line names the variables; status 64."""
    _several(well, "")
    for name, value in {**well.env, "CONSISTENCY_DB_URL": well.url}.items():
        well.monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit, match="64"):
        main(["doctor"])

    assert "CONSISTENCY_DB_URL is set and consistency.toml names databases too; unset it" in capsys.readouterr().err


def test_a_sign_can_be_left_out(well: _World) -> None:
    """One that cannot be otherwise does not hide the others; a name that is none is refused."""
    well.env["CONSISTENCY_BASE_URL"] = "nowhere"

    assert 1 == well.ask()[0]
    assert 0 == well.ask("--except", "addresses of pages")[0]
    assert [] == well.ask("--except", "no such sign")[1]
