"""Two databases watched by one Airflow at once: what is found, mailed, reported and logged of each never mixes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from consistency_sandbox.private_airflow import server as airflow
from consistency_sandbox.servers import private
from data_consistency import pools, runtime
from data_consistency.project import shipped
from data_consistency.runtime import Runtime
from tests import worlds
from tests.mailbox import Mailbox, free_port
from tests.schemas import drop_schema

pytestmark = pytest.mark.timeout(2400)

_NAMES = ("shop", "clinic")
_RUN_SECONDS = 800
_SETTINGS = """
[sources.shop]
url_env = "SHOP_URL"
recipients = ["shop@example.org"]
dry_run = false

[sources.clinic]
connection = "clinic_mysql"
recipients = ["clinic@example.org"]
dry_run = false
"""


@dataclass(frozen=True, kw_only=True)
class Both:
    """The running system and the two databases."""

    airflow: airflow.Airflow
    mailbox: Mailbox
    var: Path
    runtimes: dict[str, Runtime]

    def run(self, dag_id: str) -> dict[str, str]:
        """Trigger the DAG of both databases at once; states of the runs, by database."""
        client = self.airflow.client()
        started = {name: client.trigger(f"{dag_id}__{name}", {}) for name in _NAMES}
        return {
            name: client.wait(f"{dag_id}__{name}", run_id, timeout_seconds=_RUN_SECONDS)
            for name, run_id in started.items()
        }


@pytest.fixture(scope="module")
def both(database_server: private.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Airflow over two throw-away schemas, one by a variable and one by a connection."""
    home = tmp_path_factory.mktemp("two")
    urls = {}
    for name in _NAMES:
        schema = f"dc_test_two_{name}"
        database_server.create_schema(schema)
        urls[name] = database_server.url(schema)
    port = free_port()
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    (home / "consistency.toml").write_text(_SETTINGS, encoding="utf-8")
    settings = {
        "CONSISTENCY_CONFIG": str(home / "consistency.toml"),
        "CONSISTENCY_VAR": str(home / "var"),
        "CONSISTENCY_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "SHOP_URL": urls["shop"],
        "AIRFLOW_CONN_CLINIC_MYSQL": urls["clinic"].replace("mysql+pymysql", "mysql", 1),
    }
    runtimes = {}
    for name, url in urls.items():
        worlds.create(url)
        runtimes[name] = runtime.build(settings, source=name)
    wanted = pools.wanted(rt.source for rt in runtimes.values())
    started = airflow.start(home / "airflow", settings, shipped(), pools=wanted)
    client = started.client()
    for dag_id in client.dags():
        # Only what the tests start runs.
        client.pause(dag_id, paused=not dag_id.startswith(("consistency_check", "daily_consistency_report")))
    yield Both(airflow=started, mailbox=mailbox, var=home / "var", runtimes=runtimes)
    airflow.stop(home / "airflow")
    controller.stop()
    for name, rt in runtimes.items():
        rt.engine.dispose()
        drop_schema(database_server, f"dc_test_two_{name}")


def test_findings_mails_reports_and_logs_of_two_databases_never_mix(both: Both) -> None:
    """Each finds its own rows, tells its own people, writes its own report, and every line says which one it is."""
    wrong = {}
    for number, (name, rt) in enumerate(both.runtimes.items(), 1):
        for _ in range(7 * number):
            worlds.add_call(rt.engine)  # so that ids of one are no ids of the other
        wrong[name] = [worlds.add_call(rt.engine, session_outcome="appointment_booked") for _ in range(number)]

    checked = both.run("consistency_check")
    reported = both.run("daily_consistency_report")

    assert dict.fromkeys(_NAMES, "success") == checked == reported
    for name, rt in both.runtimes.items():
        other = next(one for one in _NAMES if one != name)
        found = worlds.execute(
            rt.engine, "SELECT DISTINCT entity_id FROM data_consistency_alerts WHERE entity_type = 'call' ORDER BY 1"
        )
        assert [(call,) for call in wrong[name]] == found
        runs = worlds.execute(rt.engine, "SELECT id FROM consistency_runs")
        assert runs
        assert all(f"__{name}__" in str(run_id) and other not in str(run_id) for (run_id,) in runs)
        mails = both.mailbox.to(f"{name}@example.org")
        assert mails
        assert all(name in mail["Subject"] and other not in mail.as_string() for mail in mails)
        pages = list((both.var / "data_docs" / name).rglob("*.html"))
        assert pages
        assert not any(other in page.read_text(encoding="utf-8") for page in pages)
    lines = (both.var / "log" / "data-consistency.log").read_text(encoding="utf-8").splitlines()
    sources = {line: re.search(r" source=(\w+)$", line) for line in lines}
    assert all(sources.values())
    for line, source in sources.items():
        named = re.search(r"run=\w+?__(shop|clinic)__", line)
        assert named is None or (source is not None and named[1] == source[1]), line


def test_every_database_has_dags_assets_and_a_pool_of_its_own(both: Both) -> None:
    """The names say which; the plain ones belong to the database that the environment alone makes."""
    client = both.airflow.client()
    dags = client.dags()

    assert {dag.rpartition("__")[2] for dag in dags} == set(_NAMES)
    assert 16 == len(dags)
