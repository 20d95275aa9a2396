"""One contender as a process of its own: `python -m tests.benchmarks.process KIND URL`; prints JSON."""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from data_consistency.project import shipped

HEAVY = ("great_expectations", "pandas", "airflow")


def scan(url: str, kind: str) -> None:
    """The house's check of calls without Great Expectations."""
    from data_consistency import runtime
    from data_consistency.detect.opening import open_check
    from data_consistency.detect.scan import scan_table
    from data_consistency.detect.scopes import changed_scope
    from data_consistency.rules.outcomes import Scope

    rt = runtime.build({"CONSISTENCY_DB_URL": url})
    with rt.engine.connect() as connection:
        suite, scope = rt.suites()["calls"], Scope(kind="full")
        if kind != "full":
            scope = changed_scope(connection, suite, open_check(connection, suite), rt.now()).scope
        scan_table(connection, suite, scope, rt.now())


def house(url: str) -> None:
    """The house's check of calls in Great Expectations, as the daily report does it."""
    from sqlalchemy.engine import Connection

    from data_consistency import runtime
    from data_consistency.detect.scan import scan_table
    from data_consistency.gx.suites import validate
    from data_consistency.rules.outcomes import Scan, Scope

    rt = runtime.build({"CONSISTENCY_DB_URL": url})
    suite = rt.suites()["calls"]

    def scanner(connection: Connection) -> Scan:
        # The engine of GX has sessions of its own; facts group by a primary key.
        connection.exec_driver_sql("SET SESSION sql_mode = ''")
        return scan_table(connection, suite, Scope(kind="full"), rt.now())

    with tempfile.TemporaryDirectory() as folder:
        validate(
            url,
            {"calls": suite},
            {"calls": scanner},
            docs_dir=Path(folder, "docs"),
            results_dir=Path(folder, "results"),
            run_name="bench",
            run_time=rt.now(),
            build_docs=False,
        )


def naive(url: str) -> None:
    """The same rules as anybody would first write them in Great Expectations: an expectation each."""
    import great_expectations as gx

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "operational", connection_string=url, kwargs={"connect_args": {"init_command": "SET SESSION sql_mode = ''"}}
    )
    batch = source.add_table_asset("calls", table_name="calls").add_batch_definition_whole_table("all")
    suite = context.suites.add(gx.ExpectationSuite(name="calls", expectations=_naive_expectations(gx.expectations)))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="calls", data=batch, suite=suite))
    result = definition.run(result_format="SUMMARY")
    raised = [item for item in result.results if item.exception_info.get("raised_exception")]
    assert not raised, raised[0].exception_info


def _naive_expectations(kinds: Any) -> list[Any]:
    from data_consistency import config

    now = config.utc_now().strftime("'%Y-%m-%d %H:%M:%S'")
    expectations = [
        kinds.ExpectColumnValuesToNotBeNull(column="direction"),
        kinds.ExpectColumnValuesToBeInSet(column="direction", value_set=["inbound", "outbound"]),
    ]
    for rule, query in rule_queries().items():
        if rule != "call_direction_present":
            # GX formats the text: braces of a query are doubled.
            text = query.replace(":now", now).replace("{", "{{").replace("}", "}}")
            expectations.append(kinds.UnexpectedRowsExpectation(unexpected_rows_query=text))
    return expectations


def rule_queries() -> dict[str, str]:
    """A query for each rule of calls, by rule: over the bare table where its columns suffice, else over the facts."""
    from data_consistency.detect.scan import violation_select
    from data_consistency.rules import load_suites, violation
    from data_consistency.rules.facts import load_facts
    from data_consistency.rules.language import columns_of
    from data_consistency.rules.outcomes import Scope

    facts = load_facts(shipped(), "calls")
    table = (shipped().home / "sql" / "source" / "07_calls.sql").read_text(encoding="utf-8")
    own = frozenset(line.split()[0] for line in table.splitlines() if line.startswith("    ") and line[4].islower())
    queries = {}
    for rule in load_suites(shipped())["calls"].rules:
        if columns_of(rule, facts) <= own:
            queries[rule.id] = f"SELECT id FROM calls WHERE deleted_at IS NULL AND {violation(rule.condition)}"
        else:
            queries[rule.id] = violation_select(facts, [rule], Scope(kind="full"))[0]
    return queries


def main() -> None:
    """Run one contender and say what it took."""
    kind, url = sys.argv[1:]
    begin = time.perf_counter()
    if kind in {"full", "changed"}:
        scan(url, kind)
    else:
        {"naive": naive, "house": house}[kind](url)
    facts = {
        "seconds": time.perf_counter() - begin,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "heavy": [name for name in HEAVY if name in sys.modules],
    }
    sys.stdout.write(f"\n{json.dumps(facts)}\n")


if __name__ == "__main__":
    main()
