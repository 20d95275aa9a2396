"""Faults of who called: wrong and missing links, names that are none, numbers that are nobody's."""

from datetime import timedelta

from tests.quality import people
from tests.quality.cases import NOW
from tests.quality.faults import QUIET, Fault, add, both, of

_UNLINKED = {"customer_id": None, "customer_link_method": None, "customer_link_confidence": None,
             "customer_linked_at": None}  # fmt: skip
_UNVERIFIED = {
    "customer_name_verified": 0,
    "verification_confidence": 0,
    "verification_method": "anonymous_name",
}

FAULTS = (
    Fault(
        rule="customer_link_status_fits_evidence",
        stories=("question", "named_hidden"),
        outcome="corrected",
        combines=True,
        change=of("calls", customer_link_status="unlinked"),
    ),
    Fault(
        rule="customer_link_status_fits_evidence",
        stories=("booking", "fulfilled"),
        outcome="review",
        change=of("calls", customer_link_confidence=55, customer_link_method="name_match"),
    ),
    Fault(
        rule="customer_link_status_fits_evidence",
        stories=("outbound",),
        outcome="corrected",
        change=of("calls", customer_link_status="unlinked", customer_link_method=None, customer_link_confidence=None),
    ),
    Fault(
        rule="customer_link_status_fits_evidence",
        stories=("question",),
        outcome="corrected",
        change=of(
            "calls",
            customer_link_status="unlinked",
            from_number=lambda _c, r: r.choice(("+266696687", "Restricted", "sip:anonymous@anonymous.invalid")),
        ),
    ),
    Fault(
        rule="call_without_customer_keeps_no_link",
        stories=("question", "stranger", "named"),
        outcome="corrected",
        combines=True,
        change=of(
            "calls",
            customer_link_method="phone_match",
            customer_link_confidence=100,
            customer_linked_at=NOW - timedelta(days=9),
        ),
    ),
    Fault(
        rule="linked_call_has_customer",
        stories=QUIET,
        outcome="corrected",
        change=of(
            "calls", customer_link_status="linked", customer_link_method="phone_match", customer_link_confidence=100
        ),
    ),
    Fault(
        rule="linked_call_has_confidence",
        stories=("booking", "fulfilled"),
        outcome="corrected",
        combines=True,
        change=of("calls", customer_link_confidence=None),
    ),
    Fault(
        rule="linked_call_has_confidence",
        stories=("booking",),
        outcome="review",
        change=of("calls", customer_link_confidence=101),
    ),
    Fault(
        rule="linked_call_has_confidence",
        stories=("manual",),
        outcome="review",
        change=of(
            "calls",
            customer_link_confidence=120,
            customer_link_status="pending_review",
            customer_link_method="name_match",
        ),
    ),
    Fault(
        rule="customer_of_appointment_is_on_call",
        stories=("booking", "fulfilled"),
        outcome="corrected",
        truth={"customer_link_method": "appointment_link", "customer_link_confidence": 95},
        also=("customer_link_status_fits_evidence",),
        change=of(
            "calls",
            customer_id=None,
            customer_link_status="unlinked",
            customer_link_method=None,
            customer_link_confidence=None,
            customer_linked_at=None,
        ),
    ),
    Fault(
        rule="customer_of_appointment_is_on_call",
        stories=("booking", "fulfilled"),
        outcome="review",
        change=both(
            add(
                "customers",
                lambda c: {
                    **c.customer,
                    "id": c.customer["id"] + 10**9,
                    "name": "Ole Sommer",
                    "email": None,
                    "phone": f"+4916{c.customer['id']:09d}",
                },
            ),
            of(
                "calls",
                **_UNLINKED,
                customer_link_status="name_only",
                from_number=lambda c, _r: f"0049 16 {c.customer['id']:09d}",
            ),
        ),
    ),
    Fault(
        rule="fragment_is_not_taken_for_name",
        stories=("question", "stranger"),
        outcome="corrected",
        also=("customer_link_status_fits_evidence",),
        change=of("calls", customer_name=lambda _c, r: r.choice(people.FRAGMENTS), customer_link_status="name_only"),
    ),
    Fault(
        rule="phone_match_fits_number",
        stories=("booking", "fulfilled"),
        outcome="review",
        change=of("calls", from_number="+4915999999999"),
    ),
    # What a provider sends for "anonymous" is the number of nobody, though it was stored as somebody's.
    Fault(
        rule="phone_match_fits_number",
        stories=("manual",),
        outcome="review",
        change=both(
            of("customers", phone="+266696687", email=lambda c, _r: f"k{c.customer['id']}@example.invalid"),
            of("calls", from_number="+266696687", customer_link_method="phone_match"),
        ),
    ),
    Fault(
        rule="call_and_appointment_have_one_customer",
        stories=("for_somebody",),
        outcome="review",
        change=of("appointments", metadata=None),
    ),
    Fault(
        rule="spoken_name_is_beyond_doubt",
        stories=("named", "named_hidden"),
        outcome="review",
        change=of("calls", customer_name=lambda _c, r: r.choice(("petra könig", "Lukas", "Frau Team A", "X1 Y2"))),
    ),
    Fault(
        rule="verification_fits_number",
        stories=("named_hidden",),
        outcome="corrected",
        change=of("calls", customer_name_verified=1, verification_confidence=99, verification_method="phone_match"),
    ),
    Fault(
        rule="verification_fits_number",
        stories=("outbound",),
        outcome="corrected",
        truth=_UNVERIFIED,
        change=of("calls", to_number="unknown", customer_link_method="manual_link"),
    ),
    Fault(
        rule="callers_are_not_named_like_the_agent",
        stories=("same_day",),
        outcome="review",
        also=(
            "callers_are_not_named_like_the_agent@calls[1]",
            "callers_are_not_named_like_the_agent@calls[2]",
            "spoken_name_is_beyond_doubt@calls[0]",
            "spoken_name_is_beyond_doubt@calls[1]",
            "spoken_name_is_beyond_doubt@calls[2]",
        ),
        change=both(*(of("calls", n, customer_name="Sophie") for n in range(3))),
    ),
    Fault(rule="linked_customer_exists", stories=("manual",), outcome="review", change=of("customers", deleted_at=NOW)),
    Fault(
        rule="linked_customer_is_of_same_company",
        stories=("manual",),
        outcome="review",
        change=of("customers", company_id=lambda c, _r: 1 if c.call["company_id"] > 1 else 2),
    ),
)
