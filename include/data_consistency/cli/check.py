"""`consistency check | plan | apply | undo | incident | switch`: detect, show, correct, take back."""

import logging
from typing import Annotated

import typer

from data_consistency import pipeline, runtime
from data_consistency.cli._output import JsonFlag, actor, emit, table
from data_consistency.db import switches
from data_consistency.db.corrections import BATCH_ROWS
from data_consistency.db.runs import new_run_id
from data_consistency.errors import CheckNotEvaluated
from data_consistency.rules import Mode, Severity
from data_consistency.runtime import Runtime

# Exit status of the commands.
CLEAN, VIOLATIONS, WARNINGS, NOT_EVALUATED = 0, 1, 2, 3

TableOption = Annotated[str | None, typer.Option("--table", help="Only this table.")]
CompanyOption = Annotated[int | None, typer.Option("--company", help="Only this tenant.")]

logger = logging.getLogger(__name__)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(check)
    app.command()(plan)
    app.command()(apply)
    app.command()(undo)
    incident_app = typer.Typer(help="What stopped a correction and waits for a person.", no_args_is_help=True)
    incident_app.command("list")(incident_list)
    incident_app.command("approve")(incident_approve)
    incident_app.command("reject")(incident_reject)
    app.add_typer(incident_app, name="incident")
    app.command()(switch)


def _tables(rt: Runtime, only: str | None) -> list[str]:
    return [pipeline.suite_of(rt, only).table] if only else list(rt.suites())


def check(
    *, table_name: TableOption = None, full: bool = False, company: CompanyOption = None, as_json: JsonFlag = False
) -> None:
    """Check what changed since the last check, or everything with --full."""
    rt = runtime.build()
    runtime.log_to_file(rt.settings)
    run_id = new_run_id("check", rt.now())
    pipeline.begin(rt, run_id, "full" if full else "check", actor())
    results, silent = [], []
    for name in _tables(rt, table_name):
        try:
            results.append(
                pipeline.check_table(
                    rt, table=name, run_id=run_id, kind="full" if full else "changed", company_id=company
                )
            )
        except CheckNotEvaluated as error:
            silent.append(str(error))
    pipeline.fill_review_queue(rt, run_id=run_id)
    pipeline.finish(rt, run_id, error=silent[0] if silent else None)
    left = pipeline.open_by_severity(rt)
    emit(
        {"run_id": run_id, "tables": results, "not_evaluated": silent, "open": left},
        as_json=as_json,
        text=[
            f"run {run_id}",
            *table(
                ("table", "rows", "violations", "opened", "reopened", "resolved"),
                [
                    (r.table, r.rows_checked, sum(r.violations.values()), r.opened, r.reopened, r.resolved)
                    for r in results
                ],
            ),
            *(f"  {r.table}.{rule}: {count}" for r in results for rule, count in r.violations.items()),
            *(f"not evaluated {r.table}.{rule}: {reason}" for r in results for rule, reason in r.left_out.items()),
            *(f"NOT EVALUATED {reason}" for reason in silent),
            "open findings: " + (", ".join(f"{count} {name}" for name, count in left.items()) or "none"),
        ],
    )
    raise typer.Exit(_status(left, silent))


def _status(left: dict[str, int], silent: list[str]) -> int:
    if silent:
        return NOT_EVALUATED
    if left.get(Severity.CRITICAL):
        return VIOLATIONS
    return WARNINGS if left.get(Severity.WARNING) else CLEAN


def plan(*, table_name: TableOption = None, company: CompanyOption = None, as_json: JsonFlag = False) -> None:
    """Show what `apply` would change: rows, columns, new values, evidence. Changes nothing."""
    rt = runtime.build()
    document = []
    lines: list[str] = []
    for name in _tables(rt, table_name):
        for rule in pipeline.suite_of(rt, name).rules:
            if rule.mode is not Mode.CORRECT:
                continue
            decided = pipeline.plan_rule(rt, rule, company_id=company)
            proposals = pipeline.preview_rule(rt, rule, decided.correct[:BATCH_ROWS])
            if not (decided.correct or decided.waiting or decided.oscillating or decided.incident):
                continue
            document.append({"rule": rule.id, "table": name, "plan": decided, "proposals": proposals})
            lines.append(
                f"{name}.{rule.id}: correct {len(decided.correct)}, waiting {len(decided.waiting)},"
                f" oscillating {len(decided.oscillating)}"
            )
            if decided.incident:
                lines.append(
                    f"  above the cap: {decided.incident.found} of at most {decided.incident.cap}; nothing would change"
                )
            lines.extend(
                f"  {item.entity_id}: "
                + (
                    f"review ({item.refusal}, candidates {list(item.candidates)})"
                    if item.refusal
                    else ", ".join(f"{column} -> {value}" for column, value in item.values.items())
                )
                + f"  [{item.evidence}]"
                for item in proposals
            )
    emit(document, as_json=as_json, text=lines or ["nothing to correct"])


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
    runtime.log_to_file(rt.settings)
    run_id = new_run_id("correct", rt.now())
    pipeline.begin(rt, run_id, "correct", actor(), dry_run=dry_run)
    results = [
        pipeline.correct_table(
            rt, table=name, run_id=run_id, actor=actor(), dry_run=dry_run, company_id=company, rule_id=rule
        )
        for name in _tables(rt, table_name)
    ]
    pipeline.finish(rt, run_id)
    emit(
        {"run_id": run_id, "tables": results},
        as_json=as_json,
        text=[
            f"run {run_id}",
            *table(
                ("table", "planned", "corrected", "to review", "waiting", "skipped", "incidents", "dry run"),
                [
                    (r.table, r.planned, r.corrected, r.to_review, r.waiting, r.skipped, r.incidents, r.dry_run)
                    for r in results
                ],
            ),
            *(
                ["dry run: nothing was changed; use --no-dry-run or CONSISTENCY_DRY_RUN=false"]
                if results[0].dry_run
                else []
            ),
        ],
    )


def undo(
    *,
    run_id: Annotated[str | None, typer.Option("--run", help="Every change of this run.")] = None,
    rule: Annotated[str | None, typer.Option(help="Every change of this rule.")] = None,
    table_name: TableOption = None,
    entity_id: Annotated[int | None, typer.Option("--id", help="One row, with --table.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Take audited changes back; rows changed since are refused and named."""
    rt = runtime.build()
    counts = pipeline.undo(rt, actor=actor(), run_id=run_id, rule=rule, table=table_name, entity_id=entity_id)
    emit(
        counts,
        as_json=as_json,
        text=[
            f"undone {counts.undone}, refused {counts.refused}",
            *(f"  refused: {row}" for row in counts.refused_rows),
        ],
    )
    raise typer.Exit(VIOLATIONS if counts.refused else CLEAN)


def incident_list(*, as_json: JsonFlag = False) -> None:
    """Incidents that wait for a person."""
    rt = runtime.build()
    found = pipeline.list_incidents(rt)
    emit(
        found,
        as_json=as_json,
        text=table(
            ("id", "kind", "table", "rule", "found", "cap", "detail"),
            [(i.id, i.kind, i.table, i.rule, i.found, i.cap, i.detail) for i in found],
        )
        if found
        else ["no open incident"],
    )


def incident_approve(incident_id: int) -> None:
    """Allow the next run to correct up to the rows the incident names."""
    pipeline.approve_incident(runtime.build(), incident_id=incident_id, actor=actor())
    typer.echo(f"incident {incident_id} approved: the next run corrects it")


def incident_reject(incident_id: int) -> None:
    """Refuse the correction; nothing is changed."""
    pipeline.reject_incident(runtime.build(), incident_id=incident_id, actor=actor())
    typer.echo(f"incident {incident_id} rejected")


def switch(
    name: Annotated[str, typer.Argument(help=f"One of {', '.join(switches.SWITCHES)}.")],
    state: Annotated[str, typer.Argument(help="on or off.")],
) -> None:
    """Switch corrections or triggers on or off, at once and in every process."""
    if state not in {"on", "off"}:
        raise typer.BadParameter("say on or off")
    rt = runtime.build()
    with pipeline.transaction(rt) as connection:
        switches.throw(connection, name, on=state == "on", actor=actor(), now=rt.now())
    typer.echo(f"{name} is {state}")
