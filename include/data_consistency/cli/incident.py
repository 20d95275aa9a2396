"""`consistency incident`: what stopped a correction, its plan row by row, and the decision about it."""

import typer

from data_consistency import runtime
from data_consistency.cli._input import IncidentId
from data_consistency.cli._output import JsonFlag, emit, person, table
from data_consistency.ledger.incidents import Incident
from data_consistency.ledger.plans import PlanRow
from data_consistency.review import decisions


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What stopped a correction and waits for a person.", no_args_is_help=True)
    group.command("list")(list_open)
    group.command()(show)
    group.command()(approve)
    group.command()(reject)
    app.add_typer(group, name="incident")


def list_open(*, as_json: JsonFlag = False) -> None:
    """Incidents that wait for a person."""
    found = decisions.list_incidents(runtime.build())
    lines = table(
        ("id", "kind", "table", "rule", "company", "found", "cap", "detail"),
        [(i.id, i.kind, i.table, i.rule, _company(i.company_id), i.found, i.cap, i.detail) for i in found],
    )
    ahead = [f"{len(found)} open", f"next: consistency incident show {found[0].id}"] if found else []
    emit(found, as_json=as_json, text=[*lines, *ahead] if found else ["no open incident"])


def show(incident_id: IncidentId, *, as_json: JsonFlag = False) -> None:
    """One incident and its plan: rows, values before and after, and what became of each."""
    shown = decisions.show_incident(runtime.build(), incident_id, person())
    incident = shown.incident
    emit(
        shown,
        as_json=as_json,
        text=[
            f"incident {incident.id}: {incident.status}, opened {incident.opened_at:%Y-%m-%d %H:%M} UTC",
            f"  rule       {incident.rule} of {incident.table}, company {_company(incident.company_id)}",
            f"  why        {incident.detail}",
            f"  decided by {incident.decided_by or 'nobody yet'}",
            *_expiry(incident),
            *table(("row", "company", "before", "after", "evidence", "became"), [_row(row) for row in shown.rows]),
            *_next(incident),
        ],
    )


def approve(incident_id: IncidentId) -> None:
    """Approve the plan: the next run applies those rows and values, once."""
    done = decisions.approve_incident(runtime.build(), incident_id, person())
    typer.echo(f"incident {incident_id} approved: the next run applies its plan of {done.rows} rows")


def reject(incident_id: IncidentId) -> None:
    """Refuse the correction; nothing is changed."""
    decisions.reject_incident(runtime.build(), incident_id, person())
    typer.echo(f"incident {incident_id} rejected: nothing is changed")


def _row(row: PlanRow) -> tuple[object, ...]:
    became = f"{row.outcome}{f': {row.why}' if row.why else ''}" if row.outcome else ""
    after = f"to review: {row.refusal}" if row.after is None else row.after
    return (row.entity_id, _company(row.company_id), row.before, after, row.evidence, became)


def _expiry(incident: Incident) -> list[str]:
    return [] if incident.expires_at is None else [f"  expires    {incident.expires_at:%Y-%m-%d %H:%M} UTC"]


def _next(incident: Incident) -> list[str]:
    if incident.status != "open" or incident.expires_at is None:
        return []
    return [f"next: consistency incident approve {incident.id}, or reject {incident.id}"]


def _company(company_id: int | None) -> str:
    return "several" if company_id is None else str(company_id)
