"""`consistency breaker`: where the circuit breakers stand, and what operators want of them."""

from typing import Annotated

import typer
from sqlalchemy.engine import Connection

from data_consistency import runtime
from data_consistency.breaker import records, settings
from data_consistency.breaker.policy import BreakerSettings, Mode
from data_consistency.cli._output import JsonFlag, actor, emit, table
from data_consistency.db.transactions import transaction

Reason = Annotated[str, typer.Option("--reason", help="Why; the next on call reads it. No personal data.")]
New = Annotated[bool, typer.Option("--new", help="Also where nobody has used the breaker yet.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Circuit breakers around services that may fail.", no_args_is_help=True)
    group.command("list")(list_all)
    group.command()(show)
    group.command("open")(force_open)
    group.command()(disable)
    group.command("metrics-only")(metrics_only)
    group.command()(reset)
    group.command("set")(give)
    app.add_typer(group, name="breaker")


def list_all(*, as_json: JsonFlag = False) -> None:
    """Every breaker that was ever used; what is not closed comes first."""
    with transaction(runtime.build().engine) as connection:
        found = records.list_breakers(connection)
    header = (
        "breaker", "state", "mode", "failures", "last failure", "opened", "rejected today", "recovered in s", "settings"
    )  # fmt: skip
    lines = [
        (
            one.service_key, one.current_state, one.mode, one.failure_count, _time(one.last_failure_at),
            _time(one.opened_at), one.fast_fails, "" if one.recovery_seconds is None else f"{one.recovery_seconds:.1f}",
            settings.text_of(settings.overridden(BreakerSettings(), one.settings.items())),
        )
        for one in found
    ]  # fmt: skip
    emit(found, as_json=as_json, text=table(header, lines) if lines else ["no breaker has been used"])


def show(
    key: str,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Newest events.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """One breaker and its newest events."""
    with transaction(runtime.build().engine) as connection:
        status = records.get_breaker(connection, key)
        events = records.events_of(connection, key, limit=limit)
    wanted = f"; {status.mode} by {status.mode_actor}: {status.mode_reason}" if status.mode_actor else ""
    lines = [
        (_time(event.created_at), f"{event.old_state} -> {event.new_state}", event.reason or "", event.actor or "")
        for event in events
    ]
    text = [f"{status.service_key}: {status.current_state}, {status.failure_count} failures{wanted}"]
    emit(
        {"breaker": status, "events": events},
        as_json=as_json,
        text=[*text, *(table(("when", "transition", "why", "who"), lines) if lines else [])],
    )


def force_open(key: str, *, reason: Reason, new: New = False) -> None:
    """Call nothing until it is reset."""
    _tell(key, Mode.FORCED_OPEN, reason, new=new)


def disable(key: str, *, reason: Reason, new: New = False) -> None:
    """Call everything; count and measure nothing."""
    _tell(key, Mode.DISABLED, reason, new=new)


def metrics_only(key: str, *, reason: Reason, new: New = False) -> None:
    """Call and measure everything; open never."""
    _tell(key, Mode.METRICS_ONLY, reason, new=new)


def reset(key: str, *, reason: Reason, new: New = False) -> None:
    """Close it, and let it decide by itself again."""
    _tell(key, Mode.AUTOMATIC, reason, new=new)


def give(
    key: str,
    words: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...", help="`NAME=default` takes one back.")],
    *,
    reason: Reason,
    new: New = False,
) -> None:
    """Give settings to a company's breaker, or to a service (`calcom`) for all companies."""
    wanted = settings.parse(words)
    with transaction(runtime.build().engine) as connection:
        records.give_settings(connection, key, wanted, reason=reason, actor=actor(), new=new)
        status = records.get_breaker(connection, key)
    holds = settings.overridden(BreakerSettings(), status.settings.items())
    emit(status, as_json=False, text=[f"{key}: {settings.text_of(holds)}"])


def _tell(key: str, mode: Mode, reason: str, *, new: bool) -> None:
    def tell(connection: Connection) -> records.Status:
        records.set_mode(connection, key, mode, reason=reason, actor=actor(), new=new)
        return records.get_breaker(connection, key)

    status = runtime.build().repeated(tell)
    emit(status, as_json=False, text=[f"{key}: {status.current_state}, {status.mode}"])


def _time(moment: object) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"
