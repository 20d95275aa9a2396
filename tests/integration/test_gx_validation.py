"""Great Expectations judges what the house's scan found: equal on any data, published without personal data."""

import json
import random
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.engine import Connection

from consistency_sandbox.demo.load import load_demo
from consistency_sandbox.servers import private
from data_consistency import rules
from data_consistency.db.engine import prepare
from data_consistency.detect.scan import scan_table
from data_consistency.errors import DatabaseUnavailable, InvalidRule, WrongUse
from data_consistency.gx import suites
from data_consistency.gx.expectation import Scanner
from data_consistency.project import shipped
from data_consistency.rules import Suite
from data_consistency.rules.outcomes import Outcome, Scan, Scope, Verdict
from tests.schemas import Schemas
from tests.site_privacy import leaks, personal_values
from tests.worlds import make_engine

NOW = datetime.now(UTC).replace(tzinfo=None)
AT = datetime(2025, 10, 20, 0, 30, tzinfo=UTC)
FULL = Scope(kind="full")
SUITES = rules.load_suites(shipped())
# Values that rules look at, good and bad.
CHANGES = {
    "direction": ("inbound", "outbound", "INBOUND", "", None),
    "session_outcome": ("appointment_booked", "information_only", "nonsense", None),
    "appointment_made": (0, 1),
    "customer_link_status": ("linked", "name_only", "anonymous", "unlinked"),
    "appointment_link_status": ("linked", "unlinked", "pending_creation", "creation_failed"),
    "customer_link_confidence": (None, "100.00", "12.50"),
    "status": ("completed", "ongoing"),
}


@pytest.fixture
def demo(database_server: private.Server, schemas: Schemas) -> Iterator[Engine]:
    """An engine on the bad morning."""
    with schemas.use(database_server, "bad morning", _load) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def _load(url: str) -> None:
    engine = make_engine(url)
    load_demo(engine, NOW)
    engine.dispose()


def scanner_of(suite: Suite) -> Scanner:
    """The house's scan of a whole table."""
    return lambda connection: scanned(connection, suite)


def scanned(connection: Connection, suite: Suite) -> Scan:
    """The scan, on a connection that Great Expectations has made."""
    prepare(connection, shipped())
    return scan_table(connection, suite, FULL, NOW)


def validate(
    engine: Engine,
    folder: Path,
    chosen: dict[str, Suite] | None = None,
    scanners: dict[str, Scanner] | None = None,
    **options: object,
) -> dict[str, Scan]:
    """Validate as the daily report does, into a folder of the test."""
    chosen = chosen or SUITES
    arguments: dict[str, object] = {"run_name": "scheduled__1", "run_time": AT, **options}
    return suites.validate(
        engine.url,
        chosen,
        scanners or {table: scanner_of(suite) for table, suite in chosen.items()},
        docs_dir=folder / "docs",
        results_dir=folder / "results",
        **arguments,  # type: ignore[arg-type]  # options of one test
    )


def stored(folder: Path, table: str) -> dict[str, dict[str, object]]:
    """What GX stored of the newest validation of a table, by rule."""
    newest = max((folder / "results" / table).rglob("*.json"), key=lambda path: path.parent.name)
    document = json.loads(newest.read_text())
    return {entry["expectation_config"]["meta"]["rule"]: entry for entry in document["results"]}


def judged(folder: Path, table: str) -> dict[str, tuple[bool, int, int]]:
    """Success, violations and rows that GX stored, by rule."""
    return {
        rule: (entry["success"], entry["result"].get("unexpected_count", 0), entry["result"].get("element_count", 0))  # type: ignore[attr-defined, misc]
        for rule, entry in stored(folder, table).items()
    }


def counted(scan: Scan) -> dict[str, tuple[bool, int, int]]:
    """The same of the house's own scan."""
    return {
        outcome.rule.id: (outcome.verdict is Verdict.PASSED, outcome.violations or 0, outcome.rows_checked or 0)
        for outcome in scan.outcomes
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gx_judges_as_the_scan_on_random_data(demo: Engine, tmp_path: Path, seed: int) -> None:
    """Success, count and total of every rule equal those of the finder, and the count that of its ids."""
    chance = random.Random(seed)
    with demo.begin() as connection:
        connection.execute(text("SET @consistency_triggers = 'off'"))
        for call in range(1, 174):
            column = chance.choice(sorted(CHANGES))
            connection.execute(
                text(f"UPDATE calls SET {column} = :value WHERE id = :id"),
                {"value": chance.choice(CHANGES[column]), "id": call},
            )

    scans = validate(demo, tmp_path, build_docs=False)

    with demo.connect() as connection:
        for table, suite in SUITES.items():
            own = scan_table(connection, suite, FULL, NOW)
            assert judged(tmp_path, table) == counted(own)
            assert {rule.id: len(scans[table].ids_of(rule.id)) for rule in suite.rules} == {
                rule: count for rule, (_, count, _) in counted(own).items()
            }
    assert not all(success for success, _, _ in judged(tmp_path, "calls").values())


def test_a_suite_costs_one_scan(demo: Engine, tmp_path: Path) -> None:
    """However many rules a table has, its scan runs once."""
    asked: list[str] = []

    def scanner(connection: Connection) -> Scan:
        asked.append("calls")
        return scanned(connection, SUITES["calls"])

    validate(demo, tmp_path, {"calls": SUITES["calls"]}, {"calls": scanner}, build_docs=False)

    assert asked == ["calls"]


def test_a_rule_that_was_not_evaluated_is_told_apart(demo: Engine, tmp_path: Path) -> None:
    """A missing column is neither a pass nor a violation, and its reason stands on the page, escaped."""
    suite = SUITES["calls"]
    reason = "column <b>calls.direction</b> is missing"

    def scanner(connection: Connection) -> Scan:
        scan = scanned(connection, suite)
        silent = Outcome(
            rule=suite.rules[0], verdict=Verdict.NOT_EVALUATED, rows_checked=None, violations=None, reason=reason
        )
        return replace(scan, outcomes=(silent, *scan.outcomes[1:]))

    scans = validate(demo, tmp_path, {"calls": suite}, {"calls": scanner})

    first = stored(tmp_path, "calls")[suite.rules[0].id]
    page = next((tmp_path / "docs" / "validations").rglob("*.html")).read_text()
    assert scans["calls"].outcomes[0].verdict is Verdict.NOT_EVALUATED
    assert first["success"] is False
    assert first["result"] == {}
    assert first["exception_info"] == {
        "raised_exception": True,
        "exception_message": reason,
        "exception_traceback": None,
    }
    assert "Not evaluated: column &lt;b&gt;calls.direction&lt;/b&gt; is missing" in page
    assert "not evaluated" in page


def test_a_missing_table_is_a_reason_not_a_crash(empty_schema: str, tmp_path: Path) -> None:
    """Where the table is missing, every rule says so."""
    engine = make_engine(empty_schema)
    suite = SUITES["customers"]

    scans = validate(engine, tmp_path, {"customers": suite}, build_docs=False)

    engine.dispose()
    assert {outcome.verdict for outcome in scans["customers"].outcomes} == {Verdict.NOT_EVALUATED}
    assert all(entry["exception_info"]["raised_exception"] for entry in stored(tmp_path, "customers").values())  # type: ignore[index]


def test_an_error_of_the_scan_is_raised_once_and_not_kept(demo: Engine, tmp_path: Path) -> None:
    """The caller gets the error; what is stored names its class only, as its text may quote a row."""
    asked: list[str] = []

    def scanner(_: Connection) -> Scan:
        asked.append("calls")
        raise DatabaseUnavailable("gone while reading Eva Muster")

    with pytest.raises(DatabaseUnavailable, match="gone while reading"):
        validate(demo, tmp_path, {"calls": SUITES["calls"]}, {"calls": scanner}, build_docs=False)

    kept = next((tmp_path / "results").rglob("*.json")).read_text()
    assert asked == ["calls"]
    assert "the scan ended with DatabaseUnavailable" in kept
    assert "Eva Muster" not in kept


def test_a_rule_the_scan_forgot_is_not_a_pass(demo: Engine, tmp_path: Path) -> None:
    """A scan that says nothing about a rule does not make it pass."""
    suite = SUITES["calls"]

    def scanner(connection: Connection) -> Scan:
        return replace(scanned(connection, suite), outcomes=())

    validate(demo, tmp_path, {"calls": suite}, {"calls": scanner}, build_docs=False)

    assert not any(entry["success"] for entry in stored(tmp_path, "calls").values())


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    """No answer is an error of the run, without a password in it."""
    engine = make_engine("mysql+pymysql://reader:s3cret@127.0.0.1:1/shop")

    with pytest.raises(DatabaseUnavailable, match="did not answer") as error:
        validate(engine, tmp_path)

    assert "s3cret" not in str(error.value)


def test_every_suite_needs_a_scanner(tmp_path: Path) -> None:
    """A suite without a scanner would never be judged."""
    engine = make_engine("mysql+pymysql://reader@127.0.0.1:1/shop")

    with pytest.raises(WrongUse, match="no scanner for table calls"):
        validate(engine, tmp_path, {"calls": SUITES["calls"]}, {"customers": scanner_of(SUITES["customers"])})


def test_an_entry_gx_drops_is_an_error(tmp_path: Path) -> None:
    """Great Expectations drops an entry with an unknown severity without a word; we do not."""
    document = json.loads(SUITES["calls"].paths[0].read_text())
    document["expectations"][0]["severity"] = "fatal"
    path = tmp_path / "calls.json"
    path.write_text(json.dumps(document))

    with pytest.raises(InvalidRule, match=f"reads it differently: {SUITES['calls'].rules[0].id}; mend it"):
        suites.load(replace(SUITES["calls"], paths=(path,)))


def test_a_password_is_neither_mangled_nor_published(
    demo: Engine, database_server: private.Server, tmp_path: Path
) -> None:
    """Great Expectations takes $NAME in a URL for a variable; a password may hold any character."""
    password = "pa$HOME@/%x"
    with closing(pymysql.connect(unix_socket=str(database_server.socket), user="root")) as admin:
        cursor = admin.cursor()
        cursor.execute("CREATE USER 'gx_reader'@'localhost' IDENTIFIED BY 'pa$HOME@/%x'")
        cursor.execute(f"GRANT SELECT ON `{demo.url.database}`.* TO 'gx_reader'@'localhost'")
        try:
            engine = make_engine(make_url(demo.url).set(username="gx_reader", password=password))
            validate(engine, tmp_path, {"customers": SUITES["customers"]})
            engine.dispose()
        finally:
            cursor.execute("DROP USER 'gx_reader'@'localhost'")

    assert leaks(tmp_path, frozenset({password, "HOME@", "gx_reader"})) == []


def test_the_site_holds_no_personal_data(demo: Engine, tmp_path: Path) -> None:
    """No name, number, address or text of a person in the database reaches a result or a page."""
    validate(demo, tmp_path)

    with demo.connect() as connection:
        values = personal_values(connection)
    assert len(values) > 300
    assert leaks(tmp_path, values) == []


def test_the_site_loads_nothing_from_elsewhere(demo: Engine, tmp_path: Path) -> None:
    """Pages work without the internet, and what they name is there."""
    validate(demo, tmp_path)

    named = []
    pages = sorted((tmp_path / "docs").rglob("*.html"))
    for page in pages:
        content = page.read_text()
        assert not re.search(
            r"""(?:src|data|action)=["']?(?:https?:)?//|<link[^>]+//|url\(["']?(?:https?:)?//""", content
        )
        assert not re.search(r"integrity=|crossorigin=", content)
        named += [page.parent / link for link in re.findall(r"""(?:src|href)="([^":#]+\.(?:js|css))\"""", content)]
    assert len(pages) == 1 + 2 * len(SUITES)
    assert [path for path in named if not path.is_file()] == []


def test_history_is_kept_and_bounded(demo: Engine, tmp_path: Path) -> None:
    """Runs of earlier days stay in the index, up to the number kept."""
    for day in range(3):
        validate(
            demo,
            tmp_path,
            {"customers": SUITES["customers"]},
            run_name=f"manual__{day}",
            run_time=AT + timedelta(days=day),
            keep=2,
        )

    index = (tmp_path / "docs" / "index.html").read_text()
    assert [f"manual__{day}" in index for day in range(3)] == [False, True, True]
    assert len(list((tmp_path / "docs" / "validations").rglob("*.html"))) == 2


@pytest.mark.parametrize(
    ("name", "safe"), [("scheduled__2025-10-20T02:00:00+00:00", None), ("../../x", "x"), ("", "run")]
)
def test_run_names_are_fit_for_paths(name: str, safe: str | None) -> None:
    """A run's name may come from a person and becomes a folder and a heading."""
    assert suites.safe_run_name(name) == (safe or "scheduled__2025-10-20T02-00-00-00-00")
