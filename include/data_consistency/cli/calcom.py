"""`consistency calcom`: the calendar."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from data_consistency import runtime
from data_consistency.cli._input import MOST, CompanyOption
from data_consistency.cli._output import JsonFlag, actor, emit, table
from data_consistency.cli._status import Status
from data_consistency.errors import ConfigurationError

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


@group.command()
def disconnect(company: Annotated[int, typer.Argument(min=1, max=MOST, help="Its id.")]) -> None:
    """Forget the calendar of a company whose key was taken away, so that its silence is no alarm."""
    from data_consistency.pipeline.reconcile import disconnect_run

    run_id = disconnect_run(runtime.build(), actor=actor(), company=company)
    typer.echo(f"company {company} has no calendar any more; rules that need one say nothing of it (run {run_id})")
    typer.echo("next: consistency check --full")


@group.command()
def smoke(*, company: CompanyOption = None, as_json: JsonFlag = False) -> None:
    """Try each connected key with five requests: does Cal.com answer as expected? Only reads; needs no database."""
    from data_consistency.calendar.calcom.accounts import load_accounts
    from data_consistency.calendar.smoke import smoke as try_out

    accounts = [one for one in load_accounts() if company is None or one.company_id in {None, company}]
    if not accounts:
        raise ConfigurationError(
            "no Cal.com is connected here; set CONSISTENCY_CALCOM_KEY or CONSISTENCY_CALCOM_COMPANIES"
        )
    looks = [(account.company_id, look) for account in accounts for look in try_out(account.connection)]
    is_good = all(look.is_good for _, look in looks)
    document = {"is_good": is_good, "looks": [{"company": of, **asdict(look)} for of, look in looks]}
    rows = [(of or "the only one", look.name, "ok" if look.is_good else "ODD", look.said) for of, look in looks]
    emit(document, as_json=as_json, text=list(table(("company", "look", "", "said"), rows)))
    raise typer.Exit(Status.CLEAN if is_good else Status.NOT_EVALUATED)


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
