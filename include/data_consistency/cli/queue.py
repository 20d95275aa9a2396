"""`consistency queue`: what people are asked, and what they decide."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from data_consistency import runtime
from data_consistency.cli._input import CompanyOption, ItemId
from data_consistency.cli._output import JsonFlag, emit, person, table
from data_consistency.errors import WrongUse
from data_consistency.ledger.items import Item, ItemKind, Reason
from data_consistency.review import decisions
from data_consistency.review.desk import Decided
from data_consistency.review.listing import PAGE_SIZE, Filters, ListPage, State, list_page
from data_consistency.rules import Severity
from data_consistency.runtime import Runtime

_DEFAULT_HINT = "look at the row, then approve, dismiss or accept"
Notes = Annotated[str, typer.Option("--notes", help="Why; no personal data.")]
Shown = Annotated[str, typer.Option("--shown", help="The token that `queue show` prints: what you have seen.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Questions to people, most urgent first.", no_args_is_help=True)
    group.command("list")(list_items)
    for command in (confirmations, show, claim, release, assign, snooze, note, refresh, approve, dismiss, accept):
        group.command()(command)
    app.add_typer(group, name="queue")


def list_items(
    *,
    state: Annotated[State, typer.Option("--state", help="Which items.")] = State.OPEN,
    company: CompanyOption = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only this rule.")] = None,
    severity: Annotated[Severity | None, typer.Option("--severity", help="Only rules of this severity.")] = None,
    assignee: Annotated[str | None, typer.Option("--assignee", help="Only what they work on, as in the audit.")] = None,
    older: Annotated[
        int | None, typer.Option("--older", min=1, max=3650, help="Only what has waited for so many days.")
    ] = None,
    words: Annotated[str, typer.Option("--text", help="Number of a row, or words of a rule.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Items at most.")] = PAGE_SIZE,
    after: Annotated[str | None, typer.Option("--after", help="Go on where the list before ended.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Questions to people, those first that press most."""
    filters = Filters(
        state=state,
        company_id=company,
        rule=rule,
        severity=severity,
        assignee=assignee,
        older_days=older,
        text=words,
    )
    _emit(list_page(runtime.build(), person(), filters, after=after, limit=limit), as_json, "nothing waits here")


def confirmations(
    *,
    state: Annotated[State, typer.Option("--state", help="Which items.")] = State.OPEN,
    company: CompanyOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Items at most.")] = PAGE_SIZE,
    after: Annotated[str | None, typer.Option("--after", help="Go on where the list before ended.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Corrections that were made and that somebody should look at all the same."""
    filters = Filters(state=state, kind=ItemKind.CONFIRMATION, company_id=company)
    _emit(list_page(runtime.build(), person(), filters, after=after, limit=limit), as_json, "nothing to confirm")


def show(item_id: ItemId, *, as_json: JsonFlag = False) -> None:
    """One item: values before and after, what its rule asks a reviewer to do, and the token of all this."""
    rt = runtime.build()
    item = decisions.look(rt, item_id, person())
    document = {**_plain(item), "token": item.token}
    approve_it = f"next: consistency queue approve {item.id} --shown {item.token}; or dismiss, accept, snooze"
    emit(document, as_json=as_json, text=[*_lines(rt, item), *([approve_it] if item.is_open else [])])


def claim(item_id: ItemId) -> None:
    """Take an item, so that nobody else works on it."""
    decisions.claim(runtime.build(), item_id, person())
    typer.echo(f"item {item_id} is yours, {person().name}")
    typer.echo(f"next: consistency queue show {item_id}")


def release(item_id: ItemId) -> None:
    """Give an item back to the queue."""
    decisions.release(runtime.build(), item_id, person())
    typer.echo(f"item {item_id} is free")


def assign(item_id: ItemId, owner: Annotated[str, typer.Argument(help="Who works on it, as in the audit.")]) -> None:
    """Give an item to somebody."""
    decisions.assign(runtime.build(), item_id, person(), owner=owner)
    typer.echo(f"item {item_id} is {owner}'s")


def snooze(item_id: ItemId, *, until: Annotated[datetime, typer.Option("--until", help="UTC.")]) -> None:
    """Put an item off; it is in no list until then."""
    at = until if until.tzinfo is None else until.astimezone(UTC).replace(tzinfo=None)
    decisions.snooze(runtime.build(), item_id, person(), until=at)
    typer.echo(f"item {item_id} is put off until {at:%Y-%m-%d %H:%M} UTC")


def note(item_id: ItemId, text: Annotated[str, typer.Argument(help="No personal data.")]) -> None:
    """Write something beside an item."""
    decisions.note(runtime.build(), item_id, person(), text=text)
    typer.echo(f"noted beside item {item_id}")


def refresh(item_id: ItemId) -> None:
    """Show the values that stand there now; an item whose row is fine by now is closed."""
    rt = runtime.build()
    for line in _lines(rt, decisions.refresh(rt, item_id, person())):
        typer.echo(line)


def approve(
    item_id: ItemId,
    *,
    shown: Shown = "",
    edit: Annotated[
        list[str] | None, typer.Option("--set", help="COLUMN=VALUE instead of what is proposed; null empties it.")
    ] = None,
    notes: Notes = "",
    as_json: JsonFlag = False,
) -> None:
    """Agree: write the values that were shown, or yours, or confirm the correction that was made."""
    rt = runtime.build()
    token = shown or _ask(rt, item_id, "Write this?")
    done = decisions.approve(rt, item_id, person(), shown=token, edits=_edits(edit or []), note=notes)
    _say(done, as_json)


def dismiss(
    item_id: ItemId,
    *,
    reason: Annotated[Reason, typer.Option("--reason", help="Why.")],
    shown: Shown = "",
    notes: Notes = "",
    as_json: JsonFlag = False,
) -> None:
    """Close an item without a change, and end its finding."""
    rt = runtime.build()
    token = shown or _ask(rt, item_id, "Dismiss this?")
    _say(decisions.dismiss(rt, item_id, person(), shown=token, reason=reason, note=notes), as_json)


def accept(item_id: ItemId, *, shown: Shown = "", notes: Notes = "", as_json: JsonFlag = False) -> None:
    """The row is right as it is: nobody is asked again while it stays so."""
    rt = runtime.build()
    token = shown or _ask(rt, item_id, "Accept this as it is?")
    _say(decisions.accept(rt, item_id, person(), shown=token, note=notes), as_json)


def _ask(rt: Runtime, item_id: int, question: str) -> str:
    """Show the item to who sits there, and take their yes for what was shown."""
    if sys.stdin is None or not sys.stdin.isatty():  # closed, or a script's
        raise WrongUse(f"review item {item_id}: say what you have seen by --shown; `consistency queue show` prints it")
    item = decisions.look(rt, item_id, person())
    for line in _lines(rt, item):
        typer.echo(line)
    typer.confirm(question, abort=True)
    return item.token


def _say(done: Decided, as_json: bool) -> None:
    again = ", as before" if done.was_done_before else ""
    emit(
        done,
        as_json=as_json,
        text=[
            f"item {done.item_id} closed: {done.done}{again}",
            *(
                [f"next: consistency undo --run {done.run_id} takes it back"]
                if done.done in {"applied", "edited"}
                else []
            ),
        ],
    )


def _edits(given: list[str]) -> dict[str, object]:
    edits: dict[str, object] = {}
    for pair in given:
        column, equals, value = pair.partition("=")
        if not equals:
            raise WrongUse(f"--set {pair}: use COLUMN=VALUE")
        try:
            edits[column] = json.loads(value)
        except (ValueError, RecursionError):  # no document: a word
            edits[column] = value
    return edits


def _emit(page: ListPage, as_json: bool, nothing: str) -> None:
    header = ("id", "prio", "status", "rule", "row", "tenant", "why", "candidates")
    rows = [
        (
            *(item.id, item.priority, item.status, item.rule_id, f"{item.entity} {item.entity_id}", item.company_id),
            *(item.context.get("why", ""), item.context.get("candidates", [])),
        )
        for item in page.items
    ]
    document = {"items": [_plain(item) for item in page.items], "total": page.total, "next": page.next}
    emit(document, as_json=as_json, text=[*table(header, rows), *_footer(page)] if rows else [nothing])


def _footer(page: ListPage) -> list[str]:
    """How many there are, and how one goes on."""
    of = "" if page.total is None else f" of {page.total:,}"
    more = [] if page.next is None else [f"next: the same with --after {page.next}"]
    return [f"{len(page.items)}{of} shown", *more, f"next: consistency queue show {page.items[0].id}"]


def _plain(item: Item) -> dict[str, object]:
    import dataclasses

    return dataclasses.asdict(item)


def _lines(rt: Runtime, item: Item) -> list[str]:
    rule = next((r for suite in rt.suites().values() for r in suite.rules if r.id == item.rule_id), None)
    return [
        f"item {item.id}: {item.status}, priority {item.priority}, opened {item.created_at:%Y-%m-%d %H:%M} UTC",
        f"  row        {item.entity} {item.entity_id} of company {item.company_id}",
        f"  rule       {item.rule_id}: {rule.description if rule else '(no longer in the suite)'}",
        f"  why        {item.context.get('why', '')}  [{item.context.get('evidence', '')}]",
        *_both_sides(item.context),
        f"  candidates {item.context.get('candidates', [])}",
        f"  before     {dict(item.before) if item.before else 'none'}",
        f"  proposal   {dict(item.proposal) if item.proposal else 'none'}",
        f"  to do      {rule.review_hint if rule and rule.review_hint else _DEFAULT_HINT}",
        f"  shown      {item.token}",
    ]


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
