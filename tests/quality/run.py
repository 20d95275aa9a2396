"""One world: made, judged, and held to the goals."""

import os
from collections.abc import Mapping

from sqlalchemy import text

from consistency_sandbox.servers import private
from consistency_sandbox.source_schema import create_source_schema
from data_consistency import runtime as runtimes
from data_consistency.schema import migrations
from tests.quality import elsewhere
from tests.quality import score as scores
from tests.quality.score import FrozenRuntime, Score, Tally
from tests.quality.world import build
from tests.worlds import make_engine

GOALS = {"recall": 1.0, "precision": 1.0, "wrong_fixes": 0, "fixable_corrected": 0.9}
_TOLD = 5


def run_seed(server: private.Server, *, seed: int, calls: int, fault_share: float) -> Score:
    """Make the world of a seed in a schema of its own, and judge it."""
    schema = f"quality_{seed}_{os.getpid()}"
    server.create_schema(schema)
    url = server.url(schema)
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            create_source_schema(connection)
            # Rows may be older than the source's own check of companies.
            connection.execute(text("DROP TRIGGER before_appointment_insert_company_check"))
        # Without triggers: faults must be able to exist.
        migrations.migrate(engine, adopt=schema, environment="test", triggers=False)
        world = build(engine, seed=seed, calls=calls, fault_share=fault_share)
        settings = {
            "CONSISTENCY_DB_URL": url, "CONSISTENCY_DRY_RUN": "false",
            "CONSISTENCY_MAX_CORRECTIONS": "1000000", "CONSISTENCY_MAX_CORRECTION_RATIO": "1",
        }  # fmt: skip
        rt = runtimes.build(settings)
        found = FrozenRuntime(project=rt.project, settings=rt.settings, source=rt.source, engine=engine)
        return scores.judge(found, world)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP DATABASE {schema}"))
        engine.dispose()


def run_elsewhere(server: private.Server) -> list[str]:
    """Make the changes in other rows, one after the other; returns what the next check did not find."""
    schema = f"quality_elsewhere_{os.getpid()}"
    server.create_schema(schema)
    engine = make_engine(server.url(schema))
    try:
        with engine.begin() as connection:
            create_source_schema(connection)
            for name in ("insert", "update"):
                connection.execute(text(f"DROP TRIGGER before_appointment_{name}_company_check"))
        migrations.migrate(engine, adopt=schema, environment="test")
        rt = runtimes.build({"CONSISTENCY_DB_URL": server.url(schema)})
        return elsewhere.missed(
            FrozenRuntime(project=rt.project, settings=rt.settings, source=rt.source, engine=engine)
        )
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP DATABASE {schema}"))
        engine.dispose()


def totals(rules: Mapping[str, Tally]) -> dict[str, float]:
    """The figures of the goals over some rules; a share of nothing is 1."""
    tallies = rules.values()
    return {
        "recall": _share(sum(t.right for t in tallies), sum(t.expected for t in tallies)),
        "precision": _share(sum(t.right for t in tallies), sum(t.found for t in tallies)),
        "wrong_fixes": sum(t.wrong_fixes for t in tallies),
        "fixable_corrected": _share(sum(t.corrected for t in tallies), sum(t.fixable for t in tallies)),
    }


def missed_goals(score: Score) -> list[str]:
    """What keeps a world from its goals, each with some examples."""
    found = totals(score.rules)
    lines = [f"{name} {found[name]}" for name in ("recall", "precision") if found[name] < GOALS[name]]
    if found["fixable_corrected"] < GOALS["fixable_corrected"]:
        lines.append(f"fixable_corrected {found['fixable_corrected']}: {score.unfixed[:_TOLD]}")
    lines += [f"not found: {place}" for place in score.missed[:_TOLD]]
    lines += [f"found in vain: {place}" for place in score.unexpected[:_TOLD]]
    lines += [f"wrong fix: {line}" for line in score.wrong[:_TOLD]]
    if score.second_round:
        lines.append(f"a second round corrected {score.second_round} rows")
    return lines


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0
