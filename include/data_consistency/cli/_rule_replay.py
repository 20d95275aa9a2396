"""`consistency rules replay`: what a rule would have done on stored history, against what people decided."""

from typing import Annotated

import typer

from data_consistency import pipeline, runtime
from data_consistency.cli._output import JsonFlag, emit
from data_consistency.cli._progress import shown
from data_consistency.cli._suites import selected_rules
from data_consistency.pipeline.replay import MAX_ROWS, Replay


def replay(
    *,
    rule: Annotated[str, typer.Option(help="The rule, in whatever mode.")],
    days: Annotated[int, typer.Option(min=1, max=365, help="How far back.")] = 30,
    condition: Annotated[str | None, typer.Option(help="Tried instead of the rule's own condition.")] = None,
    max_rows: Annotated[int, typer.Option(min=1, max=10_000_000, help="Refuse to look at more rows.")] = MAX_ROWS,
    as_json: JsonFlag = False,
) -> None:
    """Show what a rule as it stands now would have opened, fixed and mailed. Changes nothing."""
    rt = runtime.build()
    ((suite, chosen),) = selected_rules(rt.suites(), rule=rule, table=None)
    with shown():
        result = pipeline.replay_rule(rt, suite, chosen, days=days, condition=condition, max_rows=max_rows)
    emit(result, as_json=as_json, text=_lines(result))


def _lines(result: Replay) -> list[str]:
    refused = ", ".join(f"{count} {code}" for code, count in result.would_refuse.items())
    decided = result.decisions
    agreement = "nobody decided anything" if result.agreement_percent is None else f"{result.agreement_percent} %"
    lines = [
        f"{result.table}.{result.rule}, mode {result.mode}, {result.days} days back,"
        f" {result.rows_written_back} rows as they were before their corrections",
        f"would open    {result.would_open}: {result.known} known findings, {result.new} new",
        f"would fix     {result.would_fix}",
        f"would refuse  {refused or 0}",
        f"would wait    {result.would_wait}",
        f"mails         {result.mails}",
        f"people        {decided.approved} approved, {decided.dismissed} dismissed, {decided.undone} undone;"
        f" agreement: {agreement}",
        f"not opened    {result.no_longer_opened} known findings, {decided.not_opened} rows people decided about",
        "companies     " + (", ".join(f"{company}: {count}" for company, count in result.companies.items()) or "none"),
        "ids           " + (", ".join(str(entity_id) for entity_id in result.ids) or "none"),
    ]
    if result.above_cap:
        lines.append("above the cap: today's rows would become an incident for a person")
    if result.rows_not_written_back:
        lines.append(f"{result.rows_not_written_back} rows could not be put back; they were judged as they are")
    return lines
