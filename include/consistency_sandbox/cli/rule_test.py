"""`consistency rules test`: the examples of the rules, on a real database that is thrown away."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_consistency import config, project
from data_consistency.cli._input import require_folder
from data_consistency.cli._output import JsonFlag, emit
from data_consistency.cli._status import Status
from data_consistency.cli._suites import selected_rules
from data_consistency.config import Settings
from data_consistency.rules.checked import checked_suites

if TYPE_CHECKING:
    from consistency_sandbox.servers.private import Server
    from consistency_sandbox.trial.trial import Trial


def try_rules(
    *,
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    table_name: Annotated[str | None, typer.Option("--table", help="Only the rules of this table.")] = None,
    examples: Annotated[
        Path | None, typer.Option(help="Folder of the examples, <table>.yaml each; else expectations/examples.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Try rules on their examples in a throw-away schema of the private database. Exit status 1: one differs."""
    from consistency_sandbox.trial import examples as rule_examples
    from consistency_sandbox.trial import schema
    from consistency_sandbox.trial import trial as rule_trial

    if examples is not None:
        require_folder(examples, "--examples")
    found = project.find()
    chosen = selected_rules(checked_suites(found), rule=rule, table=table_name)
    folders = found.example_folders() if examples is None else (examples,)
    known = rule_examples.read_all({suite.table: suite for suite, _ in chosen}.values(), folders)
    with _server(config.load_settings(found)) as server, schema.throw_away(server, found) as engine:
        trials = [rule_trial.try_rule(engine, suite, one, known[one.id]) for suite, one in chosen]
    emit(trials, as_json=as_json, text=_lines(trials))
    raise typer.Exit(Status.CLEAN if all(trial.passed for trial in trials) else Status.VIOLATIONS)


@contextmanager
def _server(settings: Settings) -> Iterator["Server"]:
    """The private server; one that was not running is stopped again."""
    from consistency_sandbox.servers import private

    folder = settings.var / "mariadb"
    was_running = private.status(folder) is not None
    server = private.start(folder)
    try:
        yield server
    finally:
        if not was_running:
            private.stop(folder)


def _lines(trials: Sequence["Trial"]) -> Iterator[str]:
    for trial in trials:
        corrected = f", corrected as said {trial.corrected_as_said}/{trial.to_correct}" if trial.to_correct else ""
        yield (
            f"{'ok  ' if trial.passed else 'FAIL'} {trial.table}.{trial.rule}: violating found"
            f" {trial.found}/{trial.violating}, satisfying left alone {trial.left_alone}/{trial.satisfying}{corrected}"
        )
        if trial.difference is not None:
            yield f"     {trial.difference}"
    failed = sum(not trial.passed for trial in trials)
    yield f"{len(trials)} rules tried, {failed or 'none'} failed"
