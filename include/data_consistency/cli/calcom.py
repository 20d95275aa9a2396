"""`consistency calcom`: the calendar."""

from typing import TYPE_CHECKING, Annotated

import typer

from data_consistency import runtime
from data_consistency.cli._input import CompanyOption
from data_consistency.cli._output import JsonFlag, actor, emit, table
from data_consistency.cli._status import Status

if TYPE_CHECKING:
    from data_consistency.pipeline.reconcile import Reconciliation

group = typer.Typer(help="The calendar: compare with it.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group `calcom`."""
    app.add_typer(group, name="calcom")


@group.command()
def reconcile(
    *,
    company: CompanyOption = None,
    horizon: Annotated[
        bool, typer.Option("--horizon", help="Also what did not change, a month back to far ahead.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Read the connected calendars and compare them with the appointments, both ways; writes nothing to Cal.com."""
    # Imported where needed: the client's libraries cost time that no other command should pay.
    from data_consistency.pipeline.reconcile import reconcile_run

    rt = runtime.build()
    run_id, result = reconcile_run(rt, actor=actor(), company=company, horizon=horizon)
    document = {"run_id": run_id, "is_complete": result.is_complete, **_document(result)}
    emit(document, as_json=as_json, text=_lines(run_id, result))
    raise typer.Exit(Status.CLEAN if result.is_complete else Status.NOT_EVALUATED)


def _document(result: "Reconciliation") -> dict[str, object]:
    return {
        "skipped": result.skipped,
        "companies": list(result.companies),
        "tables": list(result.tables),
        "not_evaluated": list(result.not_evaluated),
    }


def _lines(run_id: str, result: "Reconciliation") -> list[str]:
    if result.skipped:
        return [result.skipped]
    return [
        f"run {run_id}",
        *table(
            ("company", "reading", "windows", "bookings", "looked up", "lost", "unreadable"),
            [
                (
                    *(one.company_id, one.outcome.value, one.windows, one.bookings),
                    *(one.looked_up, one.lost, one.unreadable),
                )
                for one in result.companies
            ],
        ),
        *(f"  {t.table}.{rule}: {count}" for t in result.tables for rule, count in t.violations.items()),
        *(f"NOT EVALUATED {reason}" for reason in result.unread),
    ]
