"""Faults of calls themselves: impossible facts, live for ever, another company's."""

from datetime import timedelta

from tests.quality.cases import NOW, Case
from tests.quality.faults import ANY, QUIET, Fault, add, both, drop, of


def _old(case: Case, _rng: object) -> object:
    return case.call["start_timestamp"] - timedelta(seconds=9)


FAULTS = (
    Fault(
        rule="call_direction_present",
        stories=ANY,
        outcome="corrected",
        change=of("calls", direction=None),
        combines=True,
    ),
    Fault(
        rule="call_direction_present",
        stories=("outbound",),
        outcome="corrected",
        change=of("calls", direction=""),
        also=("phone_match_fits_number",),
    ),
    Fault(
        rule="call_direction_present",
        stories=QUIET,
        outcome="review",
        change=of(
            "calls",
            direction="eingehend",
            to_number="+493099",
            from_number="anonymous",
            customer_name=None,
            customer_link_status="anonymous",
            phone_number_id=None,
        ),
    ),
    Fault(
        rule="call_direction_present",
        stories=ANY,
        outcome="corrected",
        change=of("calls", direction="inbound "),
    ),
    Fault(
        rule="call_is_not_stuck",
        stories=("going_on",),
        outcome="review",
        change=of(
            "calls",
            start_timestamp=None,
            created_at=None,
            updated_at=None,
            consistency_changed_at=NOW - timedelta(hours=3),
        ),
    ),
    Fault(
        rule="call_is_not_stuck",
        stories=("going_on",),
        outcome="corrected",
        change=both(
            of(
                "calls",
                start_timestamp=NOW - timedelta(days=3),
                created_at=NOW - timedelta(days=3),
                updated_at=NOW - timedelta(days=3),
                consistency_changed_at=NOW - timedelta(days=3),
            )
        ),
        truth={
            "status": "completed",
            "call_status": "ended",
            "disconnection_reason": "system_timeout",
            "duration_sec": None,
            "duration_ms": None,
        },
    ),
    Fault(
        rule="session_ends_with_its_call",
        stories=QUIET,
        outcome="reported",
        change=both(
            of("calls", created_at=NOW - timedelta(days=3)),
            drop("retell_call_sessions"),
            add(
                "retell_call_sessions",
                lambda c: {
                    "id": f"f{c.call['id']:031x}",
                    "call_id": c.call["retell_call_id"],
                    "company_id": c.call["company_id"],
                    "call_status": "in_progress",
                    "created_at": NOW,
                },
            ),
        ),
    ),
    Fault(
        rule="call_duration_is_possible",
        stories=ANY,
        outcome="corrected",
        change=of("calls", duration_ms=-714),
        combines=True,
        truth={"duration_ms": ...},
    ),
    Fault(
        rule="call_duration_is_possible",
        stories=ANY,
        outcome="corrected",
        combines=True,
        truth={"duration_ms": ...},
        change=of("calls", duration_sec=lambda c, _r: c.call["duration_sec"] + 90_000),
    ),
    Fault(
        rule="call_begins_in_the_past",
        stories=QUIET,
        outcome="review",
        change=of("calls", start_timestamp=NOW + timedelta(hours=1), end_timestamp=NOW + timedelta(hours=2)),
    ),
    Fault(rule="call_ends_after_it_starts", stories=QUIET, outcome="review", change=of("calls", end_timestamp=_old)),
    Fault(
        rule="call_id_is_of_provider",
        stories=QUIET,
        outcome="review",
        change=both(of("calls", retell_call_id=lambda c, _r: f"temp_1776000000_{c.call['id']:08x}")),
    ),
    Fault(
        rule="placeholder_call_has_no_twin",
        stories=("question",),
        outcome="review",
        also=("call_id_is_of_provider",),
        change=both(
            add("calls", lambda c: {**c.call, "id": c.call["id"] + 10**9, "retell_call_id": f"twin_{c.call['id']:x}"}),
            of("calls", retell_call_id=lambda c, _r: f"temp_1776000001_{c.call['id']:08x}"),
        ),
    ),
    Fault(
        rule="call_status_follows_provider",
        stories=ANY,
        outcome="corrected",
        truth={"status": "analyzed"},
        change=of("calls", call_status="call_analyzed"),
    ),
    Fault(
        rule="call_status_follows_provider",
        stories=ANY,
        outcome="corrected",
        combines=True,
        change=of("calls", status="ongoing"),
        also=("call_is_not_stuck",),
        truth={"disconnection_reason": ...},
    ),
    Fault(
        rule="call_status_follows_provider", stories=QUIET, outcome="review", change=of("calls", call_status="ongoing")
    ),
    Fault(
        rule="called_number_is_named",
        stories=ANY,
        outcome="corrected",
        combines=True,
        change=of("calls", phone_number_id=None),
    ),
    Fault(
        rule="called_number_is_named",
        stories=ANY,
        outcome="corrected",
        change=of(
            "calls",
            phone_number_id=None,
            to_number=lambda c, r: r.choice(("+49 (0) {}", "49 {}", "(0049)\u00a0{}", "+49\u2011{}")).format(
                c.call["to_number"][3:]
            ),
        ),
    ),
    Fault(
        rule="call_status_follows_provider",
        stories=ANY,
        outcome="corrected",
        change=of("calls", status="completed "),
    ),
    Fault(
        rule="json_is_encoded_once",
        stories=ANY,
        outcome="reported",
        combines=True,
        change=of("calls", metadata='"{}"'),
    ),
    Fault(
        rule="call_outcome_is_known", stories=QUIET, outcome="review", change=of("calls", session_outcome="call_ended")
    ),
    Fault(
        rule="service_desk_call_books_nothing",
        stories=("booking",),
        outcome="review",
        change=of("calls", gateway_mode="service_desk"),
    ),
    Fault(
        rule="call_outcome_is_known",
        stories=QUIET,
        outcome="review",
        change=of("calls", session_outcome="information_only "),
    ),
    Fault(rule="completed_call_has_transcript", stories=QUIET, outcome="reported", change=of("calls", transcript=None)),
    Fault(
        rule="completed_call_has_transcript",
        stories=QUIET,
        outcome="reported",
        change=of("calls", transcript=None, status="analyzed", call_status="call_analyzed"),
    ),
    Fault(
        rule="completed_call_has_duration",
        stories=QUIET,
        outcome="reported",
        change=of("calls", duration_sec=None, duration_ms=None),
    ),
    Fault(rule="talk_has_summary", stories=ANY, outcome="reported", change=of("calls", summary="")),
    # tenant
    Fault(
        rule="call_belongs_to_company",
        stories=("question",),
        outcome="review",
        also=("called_number_is_of_same_company", "branch_of_call_is_of_same_company"),
        change=of("calls", company_id=999_999),
    ),
    Fault(
        rule="called_number_is_of_same_company",
        stories=QUIET,
        outcome="review",
        change=of(
            "calls", phone_number_id=lambda c, _r: "p1" if c.call["company_id"] > 1 else "p2", to_number="+493000"
        ),
    ),
    Fault(
        rule="branch_of_call_is_of_same_company", stories=QUIET, outcome="review", change=of("calls", branch_id="gone")
    ),
)
