"""`consistency check | plan | apply | undo | switch`: detect, show, correct, take back."""

from typing import Annotated

import typer

from data_consistency import pipeline, runtime
from data_consistency.cli._input import MOST, CompanyOption
from data_consistency.cli._output import JsonFlag, actor, emit, person, table
from data_consistency.cli._progress import shown
from data_consistency.cli._status import Status
from data_consistency.correct.applying import BATCH_ROWS
from data_consistency.correct.plan import Plan
from data_consistency.ledger import switches
from data_consistency.logs import logger_of
from data_consistency.pipeline.runs import CheckRun, CorrectionRun, require_company
from data_consistency.review import decisions
from data_consistency.rules import Mode, Severity

TableOption = Annotated[str | None, typer.Option("--table", help="Only this table.")]

logger = logger_of(__name__)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(check)
    app.command()(plan)
    app.command()(apply)
    app.command()(undo)
    app.command()(switch)


def check(
    *, table_name: TableOption = None, full: bool = False, company: CompanyOption = None, as_json: JsonFlag = False
) -> None:
    """Check what changed since the last check, or everything with --full."""
    rt = runtime.build()
    with shown():
        done = pipeline.check_run(rt, actor=actor(), full=full, table=table_name, company_id=company)
    emit(
        done,
        as_json=as_json,
        text=[
            f"run {done.run_id}",
            *table(
                ("table", "rows", "violations", "opened", "reopened", "resolved"),
                [
                    (r.table, r.rows_checked, sum(r.violations.values()), r.opened, r.reopened, r.resolved)
                    for r in done.tables
                ],
            ),
            *(f"  {r.table}.{rule}: {count}" for r in done.tables for rule, count in r.violations.items()),
            *(f"not evaluated {r.table}.{rule}: {reason}" for r in done.tables for rule, reason in r.left_out.items()),
            *(f"NOT EVALUATED {reason}" for reason in done.not_evaluated),
            "open findings: " + (", ".join(f"{count} {name}" for name, count in done.open.items()) or "none"),
            *(["next: consistency plan; what asks for a person: consistency queue list"] if done.open else []),
        ],
    )
    raise typer.Exit(_status(done))


def _status(done: CheckRun) -> int:
    if done.not_evaluated:
        return Status.NOT_EVALUATED
    if done.open.get(Severity.CRITICAL):
        return Status.VIOLATIONS
    return Status.WARNINGS if done.open.get(Severity.WARNING) else Status.CLEAN


def plan(*, table_name: TableOption = None, company: CompanyOption = None, as_json: JsonFlag = False) -> None:
    """Show what `apply` would change: rows, columns, new values, evidence. Changes nothing."""
    rt = runtime.build()
    require_company(rt, company)
    document = []
    lines: list[str] = []
    suites = rt.suites()
    for name in [rt.suite_of(table_name).table] if table_name else list(suites):
        for rule in suites[name].rules:
            if rule.mode is not Mode.CORRECT:
                continue
            decided = pipeline.plan_rule(rt, rule, company_id=company)
            proposals = pipeline.preview_rule(rt, rule, decided.correct[:BATCH_ROWS])
            if decided == Plan():
                continue
            document.append({"rule": rule.id, "table": name, "plan": decided, "proposals": proposals})
            lines.append(
                f"{name}.{rule.id}: correct {len(decided.correct)}, waiting {len(decided.waiting)},"
                f" oscillating {len(decided.oscillating)}, opted out {len(decided.opted_out)}"
            )
            lines.extend(
                f"  above the cap: {above.found} of at most {above.cap}; nothing of them would change"
                for above in decided.incidents
            )
            lines.extend(
                f"  {item.entity_id}: "
                + (
                    f"review ({item.refusal}, candidates {list(item.candidates)})"
                    if item.refusal
                    else ", ".join(
                        f"{column} {item.before.get(column)} -> {value}" for column, value in item.values.items()
                    )
                )
                + f"  [{item.evidence}]"
                for item in proposals
            )
            if len(decided.correct) > BATCH_ROWS:
                lines.append(f"  the first {BATCH_ROWS} of {len(decided.correct)} rows are shown")
    ahead = ["next: consistency apply --no-dry-run"] if any(entry["proposals"] for entry in document) else []
    emit(document, as_json=as_json, text=[*lines, *ahead] if lines else ["nothing to correct"])


def apply(
    *,
    table_name: TableOption = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    company: CompanyOption = None,
    dry_run: Annotated[
        bool | None, typer.Option("--dry-run/--no-dry-run", help="Override CONSISTENCY_DRY_RUN.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Correct open findings within the caps; new environments start with dry-run."""
    rt = runtime.build()
    with shown():
        done = pipeline.correction_run(
            rt, actor=actor(), table=table_name, rule_id=rule, company_id=company, dry_run=dry_run
        )
    emit(
        done,
        as_json=as_json,
        text=[
            f"run {done.run_id}",
            *table(
                (
                    "table",
                    "planned",
                    "corrected",
                    "to review",
                    "waiting",
                    "skipped",
                    "left out",
                    "incidents",
                    "dry run",
                ),
                [
                    (
                        *(r.table, r.planned, r.corrected, r.to_review, r.waiting, r.skipped, r.left_out, r.incidents),
                        r.dry_run,
                    )
                    for r in done.tables
                ],
            ),
            *(
                ["dry run: nothing was changed; use --no-dry-run or CONSISTENCY_DRY_RUN=false"]
                if any(r.dry_run for r in done.tables)
                else []
            ),
            *(f"  {why}" for why in done.failed),
            *_next(done),
        ],
    )
    raise typer.Exit(Status.NOT_EVALUATED if done.failed else Status.CLEAN)


def _next(done: CorrectionRun) -> list[str]:
    """What one would do now."""
    asked, stopped = sum(r.to_review for r in done.tables), sum(r.incidents for r in done.tables)
    is_changed = any(r.corrected and not r.dry_run for r in done.tables)
    return [
        *([f"next: consistency undo --run {done.run_id} takes it back"] if is_changed else []),
        *([f"{stopped} stopped: consistency incident list"] if stopped else []),
        *([f"{asked} to a person: consistency queue list"] if asked else []),
    ]


def undo(
    *,
    run_id: Annotated[str | None, typer.Option("--run", help="Every change of this run.")] = None,
    rule: Annotated[str | None, typer.Option(help="Every change of this rule.")] = None,
    table_name: TableOption = None,
    entity_id: Annotated[int | None, typer.Option("--id", min=1, max=MOST, help="One row, with --table.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Take audited changes back; rows changed since are refused and named."""
    rt = runtime.build()
    with shown():
        counts = decisions.undo(rt, person(), run_id=run_id, rule=rule, table=table_name, entity_id=entity_id)
    emit(
        counts,
        as_json=as_json,
        text=[
            f"undone {counts.undone}, refused {counts.refused}",
            *(f"  refused: {row}" for row in counts.refused_rows),
            *(f"  undone, but for what the database changes by itself: {row}" for row in counts.left_rows),
            *(f"  undo goes on all the same: {what.replace('_', ' ')}" for what in counts.overridden),
        ],
    )
    raise typer.Exit(Status.VIOLATIONS if counts.refused else Status.CLEAN)


def switch(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(switches.SWITCHES)}.")],
    state: Annotated[str, typer.Argument(help="on or off.")],
) -> None:
    """Switch corrections or triggers on or off, at once and in every process."""
    if state not in {"on", "off"}:
        raise typer.BadParameter("say on or off")
    rt = runtime.build()
    rt.repeated(lambda connection: switches.throw(connection, name, on=state == "on", actor=actor(), now=rt.now()))
    typer.echo(f"{name} is {state}")
