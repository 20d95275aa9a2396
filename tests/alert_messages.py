"""Messages that every format is tried on."""

from dataclasses import replace
from datetime import datetime, timedelta

from data_consistency.alerts.blocks import (
    Cause,
    Counts,
    DailyReport,
    Message,
    Row,
    Step,
    Trouble,
    Verb,
    What,
    Words,
)
from data_consistency.rules import Severity

AT = datetime(2026, 10, 20, 8, 0)
_BASE = "https://airflow.example.org/dags/consistency_check"
PHANTOM = Words(
    en="calls claim a booking, but there is no appointment",
    de="Anrufe behaupten eine Buchung, aber es gibt keinen Termin",
)


def findings(**changes: object) -> Trouble:
    """A rule that a flood of rows violates."""
    values: dict[str, object] = {
        "alert": 12,
        "kind": "findings",
        "severity": Severity.CRITICAL,
        "problem": PHANTOM,
        "rule": "booking_claim_has_appointment",
        "catalogue": "B-03",
        "entity": "call",
        "counts": Counts(open=10_000, new=9_700, fixed=31, corrected=25, companies=3, checked=250_000),
        "ids": tuple(Row(id=row, url=f"https://crm.example.org/call/{row}") for row in range(501, 506)),
        "cause": Cause(attribute="agent_version", value="42", ratio=0.974, others=0.031),
        "hint": "Compare the claim with the candidates and the calendar.",
        "steps": (Step(verb=Verb.PLAN), Step(verb=Verb.LOOK), Step(verb=Verb.RUN, url=_BASE)),
        "runbook": "https://docs.example.org/rules#booking_claim_has_appointment",
        "opened_at": AT,
        **changes,
    }
    return Trouble(**values)  # type: ignore[arg-type]


_CAP = Trouble(
    alert=13,
    kind="incident",
    severity=Severity.CRITICAL,
    problem=None,
    rule="booking_claim_has_appointment",
    catalogue="B-03",
    entity="call",
    counts=Counts(open=10_000),
    incident="cap_exceeded",
    cap=25,
    steps=(Step(verb=Verb.DECIDE, about="7"),),
    opened_at=AT,
)
_SILENT = Trouble(
    alert=14,
    kind="incident",
    severity=Severity.CRITICAL,
    problem=None,
    rule="customer_email_is_not_empty_text",
    catalogue="I-14",
    entity="customer",
    counts=Counts(open=0),
    incident="not_evaluated",
    steps=(Step(verb=Verb.DOCTOR),),
    opened_at=AT,
)
_DRIFT = Trouble(
    alert=16,
    kind="incident",
    severity=Severity.CRITICAL,
    problem=None,
    description="schema",
    entity="row",
    counts=Counts(open=2),
    incident="drift",
    steps=(Step(verb=Verb.DOCTOR),),
    opened_at=AT,
)
_DEAD = replace(_DRIFT, alert=17, description="check", counts=Counts(open=1), incident="run_died")
_FAILED = Trouble(
    alert=15,
    kind="failure",
    severity=Severity.CRITICAL,
    problem=None,
    error="DatabaseUnavailable",
    places=("consistency_check.begin", "consistency_reconcile.begin"),
    steps=(Step(verb=Verb.LOG, url="https://airflow.example.org/log"), Step(verb=Verb.DOCTOR)),
    opened_at=AT,
)
_HOSTILE = (
    "<script>alert(1)</script>\r\nBcc: thief@example.org \u202egnp.exe"
    " *b* [x](javascript:1) `c` =?utf-8?q?a?= & </code>"
)


def _message(what: What, *troubles: Trouble, **changes: object) -> Message:
    values: dict[str, object] = {
        "what": what,
        "severity": Severity.CRITICAL,
        "key": f"alert:12:{what.value}",
        "at": AT + timedelta(minutes=5),
        "troubles": troubles,
        "run": "consistency_check__scheduled__2026-10-20T08:05",
        **changes,
    }
    return Message(**values)  # type: ignore[arg-type]


_FOLLOWING = {"thread": "alert:12:opened", "subject": "[critical] calls claim a booking, but there is no appointment"}
MESSAGES: dict[str, Message] = {
    "opened": _message(What.OPENED, findings(counts=Counts(open=3, new=3, companies=1), cause=None), _SILENT),
    "flood": _message(What.OPENED, _CAP, findings(), source="shop"),
    "returned": _message(What.OPENED, findings(returns=2, cause=None, counts=Counts(open=1, new=1, companies=1))),
    "worsened": _message(
        What.WORSENED, findings(counts=Counts(open=10_000, new=9_700, told=300, companies=3)), **_FOLLOWING
    ),
    "escalated": _message(What.ESCALATED, findings(cause=None), minutes=60, also=("boss",), **_FOLLOWING),
    "reminded": _message(What.REMINDED, findings(cause=None), **_FOLLOWING),
    "resolved": _message(
        What.RESOLVED,
        findings(
            over=True,
            ids=(),
            cause=None,
            steps=(),
            counts=Counts(open=0, fixed=10_000, corrected=9_969),
            closed_at=AT + timedelta(hours=2, minutes=10),
        ),
        **_FOLLOWING,
    ),
    "failure": _message(What.OPENED, _FAILED),
    "incidents": _message(What.OPENED, _DRIFT, _DEAD, replace(_CAP, counts=Counts(open=30), company=7)),
    "digest": _message(
        What.DIGEST,
        Trouble(
            alert=0,
            kind="findings",
            severity=Severity.WARNING,
            problem=Words(en="calls have an unknown outcome", de="Anrufe haben ein unbekanntes Ergebnis"),
            rule="call_outcome_is_known",
            catalogue="K-12",
            entity="call",
            counts=Counts(open=13, new=3, fixed=2),
        ),
        findings(cause=None),
        since=AT - timedelta(days=1),
    ),
    "report": _message(
        What.REPORT,
        severity=Severity.INFO,
        key="report:2026-10-19",
        report=DailyReport(
            day="2026-10-19",
            found=1211,
            corrected=106,
            need_you=3,
            critical=2,
            silent=7,
            rate=0.9886,
            url="https://airflow.example.org/consistency/default/report/reports/2026-10-19.html",
        ),
    ),
    "unsaid": _message(
        What.OPENED,
        findings(problem=None, description="Every call has a direction.", cause=None, counts=Counts(open=2, new=2)),
    ),
    "hostile": _message(
        What.OPENED,
        findings(
            problem=Words(en=_HOSTILE, de=_HOSTILE),
            rule=_HOSTILE,
            hint=_HOSTILE,
            cause=Cause(attribute="agent", value=_HOSTILE, ratio=1.0, others=0.0),
            ids=(Row(id=1, url="javascript:alert(1)"), Row(id=2, url="https://a.example/\u202e")),
            runbook="data:text/html,x",
        ),
        run=_HOSTILE,
        key=_HOSTILE,
        source="shop",
    ),
    "note": Message(
        what=What.NOTE,
        severity=Severity.CRITICAL,
        key="findings:1",
        at=AT,
        subject="[critical] 2 new findings in 1 rule",
        lines=("2 new findings in 1 rule at 2026-10-20 08:00 UTC.", "call ids: 1, 2"),
    ),
}
