"""`consistency alert`: what people are told of, what they answer, and the messages that did not get through."""

from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy.engine import Connection

from data_consistency import runtime
from data_consistency.alerts import answers, mutes, store
from data_consistency.alerts.troubles import OF_THE_GUARD
from data_consistency.cli._input import MOST, CompanyOption
from data_consistency.cli._output import JsonFlag, actor, emit, table
from data_consistency.cli._suites import selected_rules
from data_consistency.ledger import known, outbox

AlertId = Annotated[int, typer.Argument(min=1, max=MOST, help="Of the alert, as `alert list` shows it.")]
AlertIds = Annotated[list[int], typer.Argument(min=1, max=MOST, help="Of alerts, as `alert list` shows them.")]
MuteId = Annotated[int, typer.Argument(min=1, max=MOST, help="Of the mute, as `alert list` shows it.")]
DeliveryId = Annotated[int, typer.Argument(min=1, max=MOST, help="Of the delivery, as `alert mails` shows it.")]
Hours = Annotated[int, typer.Option("--hours", min=1, max=24 * 90, help="How long.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What people are told of, and what did not get through.", no_args_is_help=True)
    group.command("list")(list_open)
    for command in (show, ack, snooze, close, mute, unmute, mails, resend, discard):
        group.command()(command)
    app.add_typer(group, name="alert")


def list_open(*, as_json: JsonFlag = False) -> None:
    """Open alerts, the worst first, and what is muted."""
    rt = runtime.build()
    with rt.transaction() as connection:
        found, silent = store.list_open(connection, rt.now()), mutes.mutes(connection, rt.now())
    lines = table(
        ("id", "severity", "rows", "since (UTC)", "about", "answered by"),
        [
            (a.id, a.life.severity.value, a.life.rows, f"{a.life.opened_at:%Y-%m-%d %H:%M}", a.topic, a.acknowledged_by)
            for a in found
        ],
    )
    emit(
        {"alerts": found, "mutes": silent},
        as_json=as_json,
        text=[
            *(lines if found else ["no alert is open"]),
            *(
                f"mute {one.id}: {one.rule or 'every rule'}, {one.company_id or 'every company'}, "
                f"until {one.ends_at:%Y-%m-%d %H:%M} UTC: {one.reason}"
                for one in silent
            ),
        ],
    )


def show(alert_id: AlertId, *, as_json: JsonFlag = False) -> None:
    """One alert, and what has happened to it, newest first."""
    rt = runtime.build()
    with rt.transaction() as connection:
        alert, happened = store.get(connection, alert_id), store.events(connection, alert_id)
    emit(
        {"alert": alert, "events": happened},
        as_json=as_json,
        text=[
            f"alert {alert.id}: {alert.topic}, {alert.life.severity.value}, {alert.life.rows} rows",
            *(
                f"  {event.at:%Y-%m-%d %H:%M} UTC  {event.what}  {event.actor}  {event.detail or ''}".rstrip()
                for event in happened
            ),
        ],
    )


def ack(alert_ids: AlertIds) -> None:
    """Take alerts on: nobody else is called, unless they worsen."""
    rt = runtime.build()
    rt.repeated(lambda connection: answers.acknowledge(connection, alert_ids, actor=actor(), now=rt.now()))
    typer.echo(f"{_named(alert_ids)} acknowledged")


def snooze(alert_ids: AlertIds, *, hours: Hours = 24) -> None:
    """Tell nothing of alerts for some hours; what lasts is told again."""
    rt = runtime.build()
    until = rt.now() + timedelta(hours=hours)
    rt.repeated(lambda connection: answers.snooze(connection, alert_ids, until=until, actor=actor(), now=rt.now()))
    typer.echo(f"{_named(alert_ids)} silent until {until:%Y-%m-%d %H:%M} UTC")


def close(alert_ids: AlertIds) -> None:
    """Say that alerts are over; what is seen again opens them anew."""
    rt = runtime.build()
    rt.repeated(lambda connection: answers.close(connection, alert_ids, actor=actor(), now=rt.now()))
    typer.echo(f"{_named(alert_ids)} closed")


def mute(
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; no personal data.")],
    rule: Annotated[str | None, typer.Option("--rule", help="Only this rule.")] = None,
    company: CompanyOption = None,
    hours: Hours = 24,
) -> None:
    """Tell nothing of a rule, a company, or anything for some hours: a maintenance window."""
    rt = runtime.build()
    if rule is not None and rule not in OF_THE_GUARD:
        selected_rules(rt.suites(), rule=rule, table=None)
    now = rt.now()
    ends = now + timedelta(hours=hours)

    def silence(connection: Connection) -> None:
        known.require_company(connection, company)
        mutes.mute(
            connection,
            rule=rule,
            company_id=company,
            starts_at=now,
            ends_at=ends,
            reason=reason,
            actor=actor(),
            now=now,
        )

    rt.repeated(silence)
    typer.echo(f"muted until {ends:%Y-%m-%d %H:%M} UTC; `consistency alert list` shows it, `alert unmute` ends it")


def unmute(mute_id: MuteId) -> None:
    """End a mute before its time."""
    rt = runtime.build()
    rt.repeated(lambda connection: mutes.unmute(connection, mute_id, now=rt.now()))
    typer.echo(f"mute {mute_id} is over")


def mails(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Lines at most.")] = 100,
    as_json: JsonFlag = False,
) -> None:
    """Deliveries that wait or were set aside, oldest first."""
    rt = runtime.build()
    with rt.transaction() as connection:
        found, left = outbox.list_waiting(connection, limit=limit), outbox.undelivered(connection)
    total = left.waiting + left.set_aside
    lines = table(
        ("id", "channel", "status", "tries", "next (UTC)", "subject", "why"),
        [
            (d.id, d.channel, d.status, d.attempts, f"{d.due_at:%Y-%m-%d %H:%M}", d.subject, d.last_error or "")
            for d in found
        ],
    )
    more = [f"{len(found)} of {total} shown; --limit shows more"] if total > len(found) else []
    emit(found, as_json=as_json, text=[*lines, *more] if found else ["nothing waits"])


def resend(delivery_id: DeliveryId) -> None:
    """Try a delivery again with the next run, also one that was set aside."""
    rt = runtime.build()
    rt.repeated(lambda connection: outbox.resend(connection, delivery_id, now=rt.now()))
    typer.echo(f"delivery {delivery_id} is tried again with the next run")


def discard(delivery_id: DeliveryId) -> None:
    """Let a delivery go: nobody gets it."""
    rt = runtime.build()
    rt.repeated(lambda connection: outbox.discard(connection, delivery_id, actor=actor(), now=rt.now()))
    typer.echo(f"delivery {delivery_id} is discarded")


def _named(alert_ids: list[int]) -> str:
    return f"alert{'s' if len(alert_ids) > 1 else ''} {', '.join(map(str, alert_ids))}"
