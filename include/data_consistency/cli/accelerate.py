"""`consistency accelerate`: on, off, list."""

from typing import Annotated

import typer

from data_consistency import runtime
from data_consistency.cli._output import JsonFlag, actor, emit, plain, table
from data_consistency.cli._progress import shown
from data_consistency.schema import accelerating
from data_consistency.schema.accelerating import Answer

_Table = Annotated[str, typer.Argument(help="A table with a suite, such as calls.")]
_SHORT = {"accelerated": "by the column", "split": "by the column, then by the facts", "scanned": "by a scan"}


def register(app: typer.Typer) -> None:
    """Add the group `accelerate`."""
    group = typer.Typer(help="A column by which a table knows its own violations.", no_args_is_help=True)
    group.command()(on)
    group.command()(off)
    group.command("list")(list_)
    app.add_typer(group, name="accelerate")


def on(table_name: _Table, *, as_json: JsonFlag = False) -> None:
    """Add the column and its index beside the writers of a table, or build them anew where rules have changed."""
    rt = runtime.build()
    suite = rt.suite_of(table_name)
    with shown():
        answers = accelerating.switch_on(rt.engine, suite, actor=actor(), now=rt.now())
    emit(
        {"table": table_name, "rules": [plain(answer) for answer in answers]},
        as_json=as_json,
        text=[*_lines(answers), "next: consistency check --full"],
    )


def off(table_name: _Table, *, as_json: JsonFlag = False) -> None:
    """Take the column away; every rule is answered by a scan again."""
    rt = runtime.build()
    rt.suite_of(table_name)
    with shown():
        was_on = accelerating.switch_off(rt.engine, table_name, actor=actor(), now=rt.now())
    emit(
        {"table": table_name, "was_on": was_on},
        as_json=as_json,
        text=[f"{table_name} is answered by scans" if was_on else f"{table_name} had no accelerator"],
    )


def list_(*, as_json: JsonFlag = False) -> None:
    """Say of each table whether it is accelerated, and how each rule is answered."""
    rt = runtime.build()
    found = []
    with rt.transaction() as connection:
        for suite in rt.suites().values():
            state, why = accelerating.state(connection, suite)
            answers = accelerating.answers(connection, suite) if state != "off" else ()
            found.append((suite.table, state, why, answers))
    emit(
        [
            {"table": name, "state": state, "why": why, "rules": [plain(answer) for answer in answers]}
            for name, state, why, answers in found
        ],
        as_json=as_json,
        text=[
            line
            for name, state, why, answers in found
            for line in (f"{name}: {state}{', ' + why if why else ''}", *(_lines(answers)))
        ],
    )


def _lines(answers: tuple[Answer, ...]) -> list[str]:
    return (
        table(("RULE", "ANSWERED", "WHY"), [(answer.rule, _SHORT[answer.how], answer.reason) for answer in answers])
        if answers
        else []
    )
