"""What the demo prints."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from consistency_sandbox.demo.calendar_sides import Filled
from consistency_sandbox.demo.compared import Compared
from consistency_sandbox.demo.measures import Facts, candidates
from data_consistency.ledger.incidents import Incident

_Question = tuple[int, int, str, list[int]]  # item, call, why, candidates


def before(facts: Facts) -> list[str]:
    """The morning as it was found."""
    rows = [(name.replace("_", " "), count) for name, count in facts.wrong.items()]
    return [
        f"\n{facts.written['calls']} calls, {facts.wrong_calls} of them wrong:",
        *_table(("what is wrong", "calls"), rows),
    ]


def incidents(found: Sequence[Incident]) -> list[str]:
    """What stopped, and how many rows it wants."""
    rows = [(incident.id, incident.table, incident.rule, incident.found, incident.cap) for incident in found]
    return _table(("incident", "table", "rule", "rows", "cap"), rows) if rows else ["  no incident"]


def after(earlier: Facts, facts: Facts) -> list[str]:
    """The morning after it was corrected."""
    wrong = [
        (name.replace("_", " "), count, facts.wrong[name], count - facts.wrong[name])
        for name, count in earlier.wrong.items()
    ]
    total = ("all", earlier.wrong_calls, facts.wrong_calls, earlier.wrong_calls - facts.wrong_calls)
    lines = ["", *_table(("what is wrong", "before", "after", "corrected"), [*wrong, total])]
    lines += ["", *_table(("entity", "rule", "found", "corrected", "in review", "gone", "open"), facts.findings)]
    lines += ["", "Left for a person, with the rows that may be meant:"]
    lines += _table(
        ("item", "call", "why", "appointments"),
        [(item, call, why, ", ".join(map(str, ids))) for item, call, why, ids in questions(facts)],
    )
    return lines


def questions(facts: Facts) -> list[_Question]:
    """Open review items that name candidates."""
    return [(item.id, item.entity_id, str(item.context.get("why")), candidates(item)) for item in facts.questions]


def both_sides(filled: Filled, found: Compared) -> list[str]:
    """What differs, and what was looked at and left alone."""
    lines = [f"  {filled.bookings} bookings read; what differs is put before people:"]
    lines += [f"    {count}  {rule}" for rule, count in found.differences]
    asked = "one question" if len(found.move) == 1 else f"{len(found.move)} questions"
    lines += [
        f"  appointment {filled.moved}, whose booking was moved there, is {asked}:",
        *(f"    {said}" for said in found.move),
    ]
    guests = " and ".join(map(str, filled.seats))
    said = ", ".join(found.seat_findings) or "nothing is found, and nobody is asked"
    lines += [
        f"  appointments {guests} are guests of one booking, which the calendar says has {found.seats} seats: {said}"
    ]
    return lines


def closing(summary: Mapping[str, object], written_to: Path, program: str, command: str) -> list[str]:
    """The result, and where to look."""
    lines = [
        "",
        f"wrong before {summary['wrong_before']}, corrected {summary['corrected']}, in review {summary['in_review']},"
        f" wrong after {summary['wrong_after']}, second run changed {summary['second_run_changes']},"
        f" taken back and corrected again; {summary['seconds']} s",
        f"  report     {summary['report']}",
        f"  data docs  {summary['data_docs']}",
        f"  mails      {summary['mails']} in {written_to.parent / 'outbox'}",
        f"  summary    {written_to}",
        f"  pages      {program} airflow up --demo",
        f"  then       {command} doctor    (or plan, incident list, queue list)",
        f"  stop       {program} airflow down --demo",
    ]
    missed = summary["missed"]
    if isinstance(missed, list):
        lines += [f"MISSED {goal}" for goal in missed]
    return lines


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in [list(header), *cells]) for n in range(len(header))]
    numbers = [all(row[n].isdigit() for row in cells) for n in range(len(header))]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, numbers, strict=True)
        ).rstrip()
        for row in [list(header), *cells]
    ]
