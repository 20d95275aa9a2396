"""Correction files: what may be written, and on what evidence, as their text says it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from data_consistency.errors import InvalidRule
from data_consistency.project import Project
from data_consistency.rules.functions import read_sql
from data_consistency.rules.precondition import Precondition, precondition_of

# The only columns that a change of ours may touch; none of them holds what a person said or is called.
CORRECTABLE: Mapping[str, tuple[str, ...]] = {
    "calls": (
        "appointment_id",
        "appointment_link_status",
        "appointment_linked_at",
        "appointment_made",
        "booking_confirmed",
        "booking_failed",
        "booking_failure_reason",
        "call_status",
        "call_successful",
        "converted_appointment_id",
        "converted_to_appointment",
        "customer_id",
        "customer_link_confidence",
        "customer_link_method",
        "customer_link_status",
        "customer_linked_at",
        "customer_name_verified",
        "direction",
        "disconnection_reason",
        "duration_ms",
        "duration_sec",
        "phone_number_id",
        "requires_manual_processing",
        "session_outcome",
        "status",
        "verification_confidence",
        "verification_method",
    ),
    "appointments": (
        "calcom_booking_id",
        "calcom_previous_booking_uid",
        "calcom_sync_status",
        "calcom_v2_booking_id",
        "calcom_v2_booking_uid",
        "call_id",
        "ends_at",
        "manual_review_flagged_at",
        "requires_manual_review",
        "rescheduled_at",
        "starts_at",
        "status",
    ),
    "customers": ("email",),
}
# When somebody comes is between two people: a person sees both times before one of them is written.
DECIDED_BY_PEOPLE: Mapping[str, frozenset[str]] = {"appointments": frozenset({"starts_at", "ends_at"})}
_HEADER = re.compile(r"^-- (?P<key>table|columns|decided by): (?P<value>[\w, ]+?)\s*$", re.MULTILINE)
_PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One file of sql/corrections/."""

    name: str
    table: str
    columns: tuple[str, ...]
    when: Precondition | None  # rows that do not meet it are for a person
    sql: str
    # Never made by itself: a person approves what it proposes, and what it refuses is offered to nobody.
    by_people: bool = False


@lru_cache(maxsize=128)
def load_correction(project: Project, name: str) -> Correction:
    """Read one correction file.

    Raises:
        InvalidRule: a header line is missing or wrong, or a column is not on the allow-list.
    """
    text = read_sql(project, "corrections", name)
    header = {match["key"]: match["value"] for match in _HEADER.finditer(text)}
    where = f"sql/corrections/{name}.sql"
    for key in ("table", "columns"):
        if key not in header:
            raise InvalidRule(f"{where}: header line `-- {key}: ...` is missing")
    columns = tuple(column.strip() for column in header["columns"].split(","))
    for column in columns:
        if column not in CORRECTABLE.get(header["table"], ()):
            raise InvalidRule(f"{where}: column '{header['table']}.{column}' may not be corrected")
    return Correction(
        name=name,
        table=header["table"],
        columns=columns,
        when=precondition_of(text, where),
        sql=text,
        by_people=_is_by_people(header, columns, where),
    )


def _is_by_people(header: Mapping[str, str], columns: tuple[str, ...], where: str) -> bool:
    by = header.get("decided by")
    if by not in {None, _PEOPLE}:
        raise InvalidRule(f"{where}: header line `-- decided by: {by}` must be `-- decided by: {_PEOPLE}`")
    theirs = sorted(DECIDED_BY_PEOPLE.get(header["table"], frozenset()).intersection(columns))
    if theirs and by is None:
        raise InvalidRule(
            f"{where}: column '{header['table']}.{theirs[0]}' is never written without a person; add the header line"
            f" `-- decided by: {_PEOPLE}`"
        )
    return by is not None
