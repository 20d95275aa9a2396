"""`consistency booking`: validate, settle and serve; the keys of those who ask."""

import os
from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy.engine import Connection

from data_consistency import runtime
from data_consistency.cli._input import MOST, CallId, KeyId
from data_consistency.cli._output import JsonFlag, actor, emit, table
from data_consistency.cli._status import Status
from data_consistency.db.transactions import transaction
from data_consistency.errors import WrongUse
from data_consistency.ledger import api_keys, known

Appointment = Annotated[
    int | None, typer.Option("--appointment", min=1, max=MOST, help="The appointment that was made.")
]
Booking = Annotated[str | None, typer.Option("--booking", help="Number or uid of the calendar's booking.")]
Company = Annotated[int | None, typer.Option("--company", min=1, max=MOST, help="Whose call it must be.")]
AnnouncedAt = Annotated[
    str | None, typer.Option("--announced-at", help="When it was announced, as 2026-03-30T12:00:00Z; default: now.")
]
Key = Annotated[
    str | None, typer.Option("--key", help="Of this announcement, with --company: a repeat gets the same answer.")
]
Enforce = Annotated[bool, typer.Option("--enforce/--shadow", help="Act on verdicts, or only tell what would be done.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Bookings just announced: look, take back, look again, serve.", no_args_is_help=True)
    group.command()(validate)
    group.command()(rollback)
    group.command()(recheck)
    group.command()(serve)
    group.command()(keys)
    group.command("create-key")(create_key)
    group.command("revoke-key")(revoke_key)
    app.add_typer(group, name="booking")


def validate(
    call_id: CallId,
    *,
    appointment: Appointment = None,
    booking: Booking = None,
    company: Company = None,
    announced_at: AnnouncedAt = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Look at the booking of a call; changes nothing. Status 1: it is not as announced; 3: nobody can say."""
    from data_consistency.booking.guard import BookingGuard
    from data_consistency.booking.verdict import Verdict

    when = _moment(announced_at)
    with BookingGuard(runtime.build()) as guard:
        result = guard.validate_appointment_creation(
            call_id, appointment, booking, company_id=company, announced_at=when, idempotency_key=key
        )
    said = {
        "success": result.success,
        "verdict": result.verdict.value,
        "booking_stands": result.booking_stands,
        "tell": result.tell.value,
        "reason": result.reason,
        **result.details,
    }
    emit(said, as_json=as_json, text=[f"{name}: {value}" for name, value in said.items()])
    raise typer.Exit(_status(stands=result.success, unknown=result.verdict is Verdict.UNKNOWN))


def _moment(text: str | None) -> datetime | None:
    """A time as it is typed; without a zone it is UTC."""
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse("--announced-at: no time; use one such as 2026-03-30T12:00:00Z") from None


def _status(*, stands: bool, unknown: bool) -> Status:
    if stands:
        return Status.CLEAN
    return Status.NOT_EVALUATED if unknown else Status.VIOLATIONS


def rollback(
    call_id: CallId,
    *,
    appointment: Appointment = None,
    booking: Booking = None,
    company: Company = None,
    announced_at: AnnouncedAt = None,
    key: Key = None,
    enforce: Enforce = False,
    as_json: JsonFlag = False,
) -> None:
    """Look at the booking of a call and do what the verdict asks for."""
    from data_consistency.booking.guard import Mode
    from data_consistency.booking.opening import open_guard
    from data_consistency.booking.request import BookingRequest
    from data_consistency.booking.verdict import Verdict

    request = BookingRequest(
        call_id=call_id,
        company_id=company,
        appointment_id=appointment,
        external_booking_id=booking,
        announced_at=_moment(announced_at),
        idempotency_key=key,
    )
    mode = Mode.ENFORCE if enforce else Mode.SHADOW
    with open_guard(runtime.build(), mode=mode, actor=actor()) as (guard, _breakers):
        settlement = guard.settle(request, guard.validate(request))
    result = settlement.result
    said = {
        "action": settlement.action.value,
        "verdict": result.verdict.value,
        "booking_stands": result.booking_stands,
        "tell": result.tell.value,
        "reason": result.reason,
        "run_id": settlement.run_id,
    }
    emit(said, as_json=as_json, text=[f"{name}: {value}" for name, value in said.items()])
    raise typer.Exit(_status(stands=result.booking_stands is True, unknown=result.verdict is Verdict.UNKNOWN))


def recheck(*, enforce: Enforce = False, as_json: JsonFlag = False) -> None:
    """Look again at what could not be verified."""
    from data_consistency.booking.guard import Mode
    from data_consistency.booking.opening import open_guard

    mode = Mode.ENFORCE if enforce else Mode.SHADOW
    with open_guard(runtime.build(), mode=mode, actor=actor()) as (guard, _breakers):
        counts = guard.recheck_due()
    emit(counts, as_json=as_json, text=[f"{name}: {count}" for name, count in counts.items()] or ["nothing is due"])


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0: a free one.")] = 8090,
    enforce: Enforce = False,
    breaker: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the breakers of all companies, such as probes=2.")
    ] = None,
    worker: Annotated[
        bool | None,
        typer.Option(
            "--worker/--no-worker",
            help="Work on hints and rechecks in this process; default: as CONSISTENCY_BOOKING_WORKER says, else yes.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Serve the booking guard over HTTP until stopped."""
    from data_consistency.breaker.settings import parse
    from data_consistency.cli._leaving import without_threads
    from data_consistency.cli._worker import hint_keys, nobody, working
    from data_consistency.web.server import serve as run

    rt = runtime.build()
    is_worker = rt.settings.booking_worker if worker is None else worker
    with without_threads():
        run(
            rt,
            host=host,
            port=port,
            enforce=enforce,
            breaker_settings=parse(breaker or ()),
            hint_keys=hint_keys(os.environ),
            beside=working if is_worker else nobody,
        )


def keys(*, as_json: JsonFlag = False) -> None:
    """The API keys, without what they are made of."""
    with transaction(runtime.build().engine) as connection:
        listed = api_keys.listed(connection)
    header = ("id", "company", "name", "expires", "revoked", "created by")
    lines = [(k.id, k.company_id, k.name, k.expires_at or "never", k.revoked_at or "", k.created_by) for k in listed]
    emit(listed, as_json=as_json, text=table(header, lines) if lines else ["there is no key"])


def create_key(
    company: Annotated[int, typer.Argument(min=1, max=MOST, help="Whose key it is.")],
    name: Annotated[str, typer.Argument(help="What it is for, e.g. laravel.")],
    *,
    days: Annotated[int, typer.Option(min=0, max=36_500, help="Valid so long; 0: until it is revoked.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """Make an API key; it is shown once and stored nowhere."""
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise WrongUse("name: use 1 to 100 printable characters")
    rt = runtime.build()
    now = rt.now()
    expires_at = now + timedelta(days=days) if days else None

    def create(connection: Connection) -> str:
        known.require_company(connection, company)
        return api_keys.create(connection, company_id=company, name=name, expires_at=expires_at, actor=actor(), now=now)

    key = rt.repeated(create)
    emit({"company_id": company, "name": name, "key": key}, as_json=as_json, text=[key])


def revoke_key(key_id: KeyId) -> None:
    """Close an API key; the service notices within seconds."""
    rt = runtime.build()
    rt.repeated(lambda connection: api_keys.revoke(connection, key_id, now=rt.now()))
    emit({"revoked": key_id}, as_json=False, text=[f"key {key_id} opens nothing any more"])
