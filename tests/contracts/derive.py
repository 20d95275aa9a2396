"""The published API document, corrected where the real server is known to differ, as a schema to check against.

`python -m tests.contracts.derive PUBLISHED DERIVED` writes the corrected copy, for tools that read files.

Each patch names where the difference is known from, and returns how many places it changed: none means that it is not
needed any more.
"""

import copy
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BOOKING_SCHEMAS = (
    "BookingOutput_2024_08_13",
    "RecurringBookingOutput_2024_08_13",
    "GetSeatedBookingOutput_2024_08_13",
    "GetRecurringSeatedBookingOutput_2024_08_13",
    "CreateSeatedBookingOutput_2024_08_13",
    "CreateRecurringSeatedBookingOutput_2024_08_13",
)
_NULLABLE = (
    "description",
    "location",
    "meetingUrl",
    "rescheduledByEmail",
    "eventTypeId",
    "rating",
    "icsUid",
    "updatedAt",
)
_TEXTS = ("cancelledByEmail", "rescheduledByEmail", "meetingUrl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One correction of the document."""

    name: str
    source: str
    apply: Callable[[dict[str, Any]], int]


def load(path: Path) -> dict[str, Any]:
    """The document as published."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def derive(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    """The corrected copy, and how many places each patch changed."""
    derived = copy.deepcopy(dict(document))
    return derived, {patch.name: patch.apply(derived) for patch in PATCHES}


def older(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document of the older list, which the published one keeps beside the newer."""
    lifted = copy.deepcopy(dict(document))
    path = lifted["paths"]["/v2/bookings"]
    path["get"] = path.pop("x-older-versions")["2024-08-13"]["get"]
    return lifted


def json_schema(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: `nullable` becomes a type."""
    if isinstance(schema, list):
        return [json_schema(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {key: json_schema(value) for key, value in schema.items() if key not in ("nullable", "example")}
    if schema.get("nullable") is True:
        return {"anyOf": [converted, {"type": "null"}]}
    return converted


def _every(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _every(value)
    elif isinstance(node, list):
        for value in node:
            yield from _every(value)


def _properties(document: dict[str, Any], schemas: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    known = document["components"]["schemas"]
    return (known[name]["properties"] for name in schemas if name in known)


def _any_of(document: dict[str, Any]) -> int:
    found = [node for node in _every(document) if isinstance(node.get("oneOf"), list)]
    for node in found:
        node["anyOf"] = node.pop("oneOf")
    return len(found)


def _drop_formats(document: dict[str, Any]) -> int:
    return sum(
        fields[name].pop("format", None) is not None
        for fields in _properties(document, _BOOKING_SCHEMAS)
        for name in _TEXTS
        if name in fields
    )


def _nullable(document: dict[str, Any]) -> int:
    changed = 0
    fields = [(one, name) for one in _properties(document, _BOOKING_SCHEMAS) for name in _NULLABLE]
    fields += [(one, "language") for one in _properties(document, ("BookingAttendee", "SeatedAttendee"))]
    fields += [(one, "eventType") for one in _properties(document, _BOOKING_SCHEMAS)]
    for one, name in fields:
        if name not in one or one[name].get("nullable") is True:
            continue
        one[name] = {"allOf": [one[name]], "nullable": True} if "$ref" in one[name] else {**one[name], "nullable": True}
        changed += 1
    return changed


def _awaiting_host(document: dict[str, Any]) -> int:
    changed = 0
    for fields in _properties(document, _BOOKING_SCHEMAS):
        if "awaiting_host" not in fields["status"]["enum"]:
            fields["status"]["enum"].append("awaiting_host")
            changed += 1
    return changed


def _open_metadata(document: dict[str, Any]) -> int:
    return sum(
        fields["metadata"].pop("additionalProperties", None) is not None
        for fields in _properties(document, (*_BOOKING_SCHEMAS, "SeatedAttendee"))
        if "metadata" in fields
    )


def _deleted_host(document: dict[str, Any]) -> int:
    host = document["components"]["schemas"]["BookingHost"]
    changed = "timeZone" in host["required"]
    host["required"] = [name for name in host["required"] if name != "timeZone"]
    if host["properties"]["id"].get("type") == "number":
        host["properties"]["id"] = {"anyOf": [{"type": "number"}, {"type": "string"}]}
        changed = True
    return int(changed)


def _errors(document: dict[str, Any]) -> int:
    error = {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code", "message"]}
    body_a = {
        "type": "object",
        "properties": {"status": {"enum": ["error"]}, "error": error},
        "required": ["status", "error"],
    }
    body_b = {
        "type": "object",
        "properties": {"statusCode": {"type": "number"}},
        "required": ["statusCode", "message"],
    }
    changed = 0
    for path in document["paths"].values():
        for operation in path.values():
            if "responses" in operation and "default" not in operation["responses"]:
                operation["responses"]["default"] = {
                    "content": {"application/json": {"schema": {"anyOf": [body_a, body_b]}}}
                }
                changed += 1
    return changed


PATCHES = (
    Patch(
        name="branches overlap",
        source="tried: an ordinary create body and recurring bookings match two branches of oneOf and fail",
        apply=_any_of,
    ),
    Patch(
        name="texts without a format",
        source="Cal.com's output service: mails are '' when unset, meetingUrl is no URL",
        apply=_drop_formats,
    ),
    Patch(
        name="nulls",
        source="Cal.com's database and output service: these columns are nullable, a deleted event type leaves null",
        apply=_nullable,
    ),
    Patch(name="awaiting_host", source="Cal.com's enum of states, for instant meetings", apply=_awaiting_host),
    Patch(
        name="open metadata",
        source="Cal.com's input validation lets numbers and booleans in",
        apply=_open_metadata,
    ),
    Patch(
        name="hosts that are deleted",
        source="Cal.com's output service: the id is the text 'unknown' and the time zone is missing",
        apply=_deleted_host,
    ),
    Patch(
        name="errors",
        source="Cal.com's exception filters: two bodies, neither documented",
        apply=_errors,
    ),
)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(derive(load(Path(sys.argv[1])))[0], indent=1), encoding="utf-8")
