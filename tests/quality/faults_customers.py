"""Faults of customers: profiles that are nobody, numbers twice, nobody to reach."""

from datetime import timedelta
from functools import partial

from tests.quality import people
from tests.quality.cases import NOW, Case, Row
from tests.quality.faults import Fault, Outcome, add, of


def _fault(
    rule: str, outcome: Outcome, stories: tuple[str, ...] = ("web",), also: tuple[str, ...] = (), **values: object
) -> Fault:
    return Fault(
        rule=rule, table="customers", stories=stories, outcome=outcome, also=also, change=of("customers", **values)
    )


def _spelled(spelling: str, case: Case) -> Row:
    """Another customer with the same number, spelled otherwise."""
    number = spelling.format(str(case.customer["phone"])[3:])
    return {**case.customer, "id": case.customer["id"] + 10**9, "email": None, "phone": number}


FAULTS = (
    # The key of e-mail addresses is unique: one empty text is all that can stand there.
    Fault(
        rule="customer_email_is_not_empty_text",
        table="customers",
        stories=("web",),
        outcome="corrected",
        once=True,
        change=of("customers", email=""),
        truth={"email": None},
    ),
    _fault(
        "customer_belongs_to_company",
        "review",
        company_id=999_998,
        also=("appointment_belongs_to_one_company@appointments[0]",),
    ),
    _fault("customer_name_is_genuine", "review", name=lambda _c, r: r.choice(people.FRAGMENTS)),
    _fault("customer_name_is_genuine", "review", name="Unbekannt #4711", created_at=NOW - timedelta(days=8)),
    Fault(
        rule="customer_phone_is_of_one_customer",
        table="customers",
        stories=("web",),
        outcome="review",
        also=("customer_phone_is_of_one_customer@customers[1]", "customer_phone_is_in_full@customers[1]"),
        change=add(
            "customers",
            lambda c: {
                **c.customer,
                "id": c.customer["id"] + 10**9,
                "email": None,
                "phone": "0049 " + str(c.customer["phone"])[3:],
            },
        ),
    ),
    *(
        Fault(
            rule="customer_phone_is_of_one_customer",
            table="customers",
            stories=("web",),
            outcome="review",
            also=("customer_phone_is_of_one_customer@customers[1]", "customer_phone_is_in_full@customers[1]"),
            change=add("customers", partial(_spelled, spelling)),
        )
        for spelling in ("+49 (0) {}", "49{}", "(0049){}", "0\u00a0{}", "+49\u2013{}", "49 (0) {}")
    ),
    _fault("customer_phone_is_in_full", "reported", phone=lambda c, _r: "0" + str(c.customer["phone"])[3:]),
    _fault(
        "customer_email_is_no_placeholder", "review", email=lambda c, _r: f"customer_{c.customer['id']}@example.invalid"
    ),
    _fault("awaited_customer_can_be_reached", "review", phone=None, email=None),
)
