"""`consistency queue`: list, show, claim, approve, dismiss."""

from collections.abc import Mapping
from typing import Annotated

import typer

from data_consistency import runtime
from data_consistency.cli._input import CompanyOption, ItemId
from data_consistency.cli._output import JsonFlag, actor, emit, table
from data_consistency.ledger import known, queue
from data_consistency.review import decisions

_DEFAULT_HINT = "look at the row, then approve or dismiss"
Notes = Annotated[str, typer.Option("--notes", help="Why; no personal data.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Questions to people, most urgent first.", no_args_is_help=True)
    group.command("list")(list_open)
    group.command()(show)
    group.command()(claim)
    group.command()(approve)
    group.command()(dismiss)
    app.add_typer(group, name="queue")


def list_open(*, company: CompanyOption = None, as_json: JsonFlag = False) -> None:
    """Open items."""
    rt = runtime.build()
    with rt.transaction() as connection:
        known.require_company(connection, company)
        items = queue.list_items(connection, company_id=company)
    emit(
        items,
        as_json=as_json,
        text=table(
            ("id", "prio", "status", "rule", "row", "tenant", "why", "candidates"),
            [
                (
                    item.id,
                    item.priority,
                    item.status,
                    item.rule_id,
                    f"{item.entity} {item.entity_id}",
                    item.company_id,
                    item.context.get("why", ""),
                    item.context.get("candidates", []),
                )
                for item in items
            ],
        )
        if items
        else ["the queue is empty"],
    )


def show(item_id: ItemId, *, as_json: JsonFlag = False) -> None:
    """One item, with what its rule asks a reviewer to do."""
    rt = runtime.build()
    with rt.transaction() as connection:
        item = queue.get_item(connection, item_id)
    rule = next((r for suite in rt.suites().values() for r in suite.rules if r.id == item.rule_id), None)
    emit(
        item,
        as_json=as_json,
        text=[
            f"item {item.id}: {item.status}, priority {item.priority}, opened {item.created_at:%Y-%m-%d %H:%M} UTC",
            f"  row        {item.entity} {item.entity_id} of company {item.company_id}",
            f"  rule       {item.rule_id}: {rule.description if rule else '(no longer in the suite)'}",
            f"  why        {item.context.get('why', '')}  [{item.context.get('evidence', '')}]",
            *_both_sides(item.context),
            f"  candidates {item.context.get('candidates', [])}",
            f"  proposal   {dict(item.proposal) if item.proposal else 'none'}",
            f"  to do      {rule.review_hint if rule and rule.review_hint else _DEFAULT_HINT}",
        ],
    )


def _both_sides(context: Mapping[str, object]) -> list[str]:
    """What we and the calendar say, for items that have it; times are UTC."""
    if "calendar" not in context:
        return []
    differences = context.get("differences")
    return [
        f"  ours       {_side(context['ours'])}",
        f"  calendar   {_side(context['calendar'])}",
        f"  difference {'; '.join(map(str, differences)) if isinstance(differences, list) else ''}",
    ]


def _side(side: object) -> str:
    if not isinstance(side, dict):
        return "nothing"
    return ", ".join(f"{name} {value}" for name, value in side.items() if value is not None)


def claim(item_id: ItemId) -> None:
    """Take an item, so that nobody else works on it."""
    rt = runtime.build()
    rt.repeated(lambda connection: queue.claim(connection, item_id, actor=actor(), now=rt.now()))
    typer.echo(f"item {item_id} is yours")


def approve(item_id: ItemId, *, notes: Notes = "") -> None:
    """Agree: apply the proposal, or confirm the correction that was made, and close the item."""
    done = decisions.approve_item(runtime.build(), item_id=item_id, actor=actor(), notes=notes)
    typer.echo(f"item {item_id} closed: {done}")


def dismiss(item_id: ItemId, *, notes: Notes = "") -> None:
    """Close an item without a change: the row is right as it is."""
    rt = runtime.build()
    told = notes or "Dismissed."
    rt.repeated(
        lambda connection: queue.decide(
            connection, item_id, status="dismissed", actor=actor(), notes=told, now=rt.now()
        )
    )
    typer.echo(f"item {item_id} dismissed")
