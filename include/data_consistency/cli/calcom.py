"""`consistency calcom`: the calendar."""

from typing import TYPE_CHECKING, Annotated

import typer

from data_consistency import pipeline, runtime
from data_consistency.cli._output import JsonFlag, actor, emit, table
from data_consistency.db.runs import new_run_id

if TYPE_CHECKING:
    from data_consistency.pipeline.reconcile import Reconciliation

group = typer.Typer(help="The calendar: compare with it; a server of our own to rehearse with.", no_args_is_help=True)
_NOT_EVALUATED = 3


def register(app: typer.Typer) -> None:
    """Add the group `calcom`."""
    app.add_typer(group, name="calcom")


@group.command()
def reconcile(
    *,
    company: Annotated[int | None, typer.Option(help="Only this company's calendar.")] = None,
    horizon: Annotated[
        bool, typer.Option("--horizon", help="Also what did not change, a month back to far ahead.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Read the connected calendars and compare them with the appointments, both ways; writes nothing to Cal.com."""
    # Imported where needed: the client's libraries cost time that no other command should pay.
    from data_consistency.pipeline.reconcile import reconcile as read_and_compare
    from data_consistency.pipeline.reconcile import sources

    rt = runtime.build()
    runtime.log_to_file(rt.settings)
    connected = sources(rt)  # a wrong setting is told before a run begins
    run_id = new_run_id("reconcile", rt.now())
    pipeline.begin(rt, run_id, "reconcile", actor())
    result = read_and_compare(rt, connected, run_id=run_id, company=company, horizon=horizon)
    if result.tables:
        pipeline.fill_review_queue(rt, run_id=run_id)
    reasons = [f"company {one.company_id}: {one.reason}" for one in result.companies if one.reason]
    unread = [*reasons, *result.not_evaluated]
    pipeline.finish(rt, run_id, error=unread[0] if unread else None)
    document = {"run_id": run_id, "is_complete": result.is_complete, **_document(result)}
    emit(document, as_json=as_json, text=_lines(run_id, result, unread))
    raise typer.Exit(0 if result.is_complete else _NOT_EVALUATED)


def _document(result: "Reconciliation") -> dict[str, object]:
    return {
        "skipped": result.skipped,
        "companies": list(result.companies),
        "tables": list(result.tables),
        "not_evaluated": list(result.not_evaluated),
    }


def _lines(run_id: str, result: "Reconciliation", unread: list[str]) -> list[str]:
    if result.skipped:
        return [result.skipped]
    return [
        f"run {run_id}",
        *table(
            ("company", "reading", "windows", "bookings", "looked up", "lost"),
            [
                (one.company_id, one.outcome.value, one.windows, one.bookings, one.looked_up, one.lost)
                for one in result.companies
            ],
        ),
        *(f"  {t.table}.{rule}: {count}" for t in result.tables for rule, count in t.violations.items()),
        *(f"NOT EVALUATED {reason}" for reason in unread),
    ]


@group.command()
def fake(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on the loopback address; 0 takes a free one.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same uids.")] = 1,
    running_clock: Annotated[bool, typer.Option(help="Let its clock run instead of standing still.")] = False,
) -> None:
    """Serve a fake Cal.com on the loopback address until interrupted."""
    from data_consistency.local import fake_calcom

    clock = fake_calcom.RunningClock() if running_clock else fake_calcom.ManualClock()
    server = fake_calcom.FakeCalcom(port=port, world=fake_calcom.World(seed=seed, clock=clock))
    listening = server.listen()
    typer.echo(f"export CONSISTENCY_CALCOM_URL={server.url} CONSISTENCY_CALCOM_KEY={fake_calcom.KEY}")
    server.serve(listening)
