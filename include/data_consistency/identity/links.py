"""Which customer link of a call the evidence supports: the decision table of the domain, top down.

| row | customer | evidence | status | decided by |
|---|---|---|---|---|
| 1 | set | customer missing, deleted or of another company | as it is | a person |
| 2 | set | linked by hand | linked | the engine |
| 3 | set | confidence 70 and more | linked | the engine |
| 4 | set | confidence 40 to under 70 | pending_review | a person |
| 5 | set | confidence under 40 | failed | a person |
| 6 | set | none known; the caller's number is this one customer's | linked, phone_match, 100 | the engine |
| 7 | set | none known; the call's own appointment is this customer's | linked, appointment_link, 95 | the engine |
| 8 | set | none known, nothing above | created with the call: linked, 100; else pending_review | a person |
| 9 | none | a name | name_only | the engine; a person if the name is doubtful |
| 10 | none | no name, number withheld | anonymous | the engine |
| 11 | none | no name, number visible | unlinked; an old `anonymous` is tolerated | the engine |

A confidence outside 0 to 100 is no knowledge: rows 6 and 7 mend it; without their evidence a person does.
"""

import enum
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from data_consistency.identity.names import NameVerdict, judge_name
from data_consistency.identity.numbers import is_suppressed, to_e164

_SURE, _LIKELY, _CERTAIN = 70, 40, 100
_BY_PHONE, _BY_APPOINTMENT, _BY_CREATION = Decimal(100), Decimal(95), Decimal(100)


class LinkStatus(enum.StrEnum):
    """Values of `calls.customer_link_status`."""

    LINKED = "linked"
    NAME_ONLY = "name_only"
    ANONYMOUS = "anonymous"
    PENDING_REVIEW = "pending_review"
    UNLINKED = "unlinked"
    FAILED = "failed"


class LinkMethod(enum.StrEnum):
    """Values of `calls.customer_link_method`."""

    PHONE_MATCH = "phone_match"
    NAME_MATCH = "name_match"
    MANUAL_LINK = "manual_link"
    AI_MATCH = "ai_match"
    APPOINTMENT_LINK = "appointment_link"
    AUTO_CREATED = "auto_created"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFacts:
    """What is known of a call and of the customer it names."""

    status: str | None = None
    method: str | None = None
    confidence: Decimal | float | None = None
    from_number: str | None = None  # of whom we spoke with: in a call of ours the number that was called
    customer_name: str | None = None
    has_customer: bool = False
    customer_fits: bool = True  # it exists, is not deleted and is of the call's company
    customer_phone: str | None = None
    phone_is_shared: bool = False  # another live customer of the company has it, in any spelling
    appointment_fits: bool = False  # an appointment of the call, not deleted, is of the same customer


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkVerdict:
    """The link that the evidence supports."""

    row: int
    status: str | None
    method: str | None
    confidence: Decimal | float | None
    is_automatic: bool  # else a person decides


def judge_link(facts: LinkFacts, staff: Collection[str] = ()) -> LinkVerdict:
    """Judge the customer link of one call.

    Args:
        facts: of the call.
        staff: names of the company's active staff.
    """
    if not facts.has_customer:
        return _without_customer(facts, judge_name(facts.customer_name, staff))
    if not facts.customer_fits:
        return _kept(1, facts.status, facts, is_automatic=False)
    known = _known(facts.confidence)
    if facts.method == LinkMethod.MANUAL_LINK:
        confidence = _BY_CREATION if facts.confidence is None else facts.confidence
        return _verdict(2, LinkStatus.LINKED, facts.method, confidence, known is not None or facts.confidence is None)
    if known is not None:
        return _by_confidence(known, facts, is_automatic=known >= _SURE)
    return _by_evidence(facts)


def _by_confidence(known: Decimal, facts: LinkFacts, *, is_automatic: bool) -> LinkVerdict:
    if known >= _SURE:
        return _kept(3, LinkStatus.LINKED, facts, is_automatic=is_automatic)
    if known >= _LIKELY:
        return _kept(4, LinkStatus.PENDING_REVIEW, facts, is_automatic=is_automatic)
    return _kept(5, LinkStatus.FAILED, facts, is_automatic=is_automatic)


def _by_evidence(facts: LinkFacts) -> LinkVerdict:
    if _phone_fits(facts):
        return _verdict(6, LinkStatus.LINKED, LinkMethod.PHONE_MATCH, _BY_PHONE, True)
    if facts.appointment_fits:
        return _verdict(7, LinkStatus.LINKED, LinkMethod.APPOINTMENT_LINK, _BY_APPOINTMENT, True)
    if facts.confidence is not None:
        return _by_confidence(_number(facts.confidence), facts, is_automatic=False)
    if facts.method == LinkMethod.AUTO_CREATED:
        return _verdict(8, LinkStatus.LINKED, LinkMethod.AUTO_CREATED, _BY_CREATION, False)
    return _verdict(8, LinkStatus.PENDING_REVIEW, None, None, False)


def _without_customer(facts: LinkFacts, name: NameVerdict) -> LinkVerdict:
    if not name.is_none:
        return _verdict(9, LinkStatus.NAME_ONLY, None, None, name.is_genuine)
    if is_suppressed(facts.from_number):
        return _verdict(10, LinkStatus.ANONYMOUS, None, None, True)
    is_old = facts.status == LinkStatus.ANONYMOUS
    return _verdict(11, LinkStatus.ANONYMOUS if is_old else LinkStatus.UNLINKED, None, None, True)


def _phone_fits(facts: LinkFacts) -> bool:
    number = to_e164(facts.from_number)
    return number is not None and number == to_e164(facts.customer_phone) and not facts.phone_is_shared


def _known(confidence: Decimal | float | None) -> Decimal | None:
    """The confidence, where it is one."""
    if confidence is None:
        return None
    number = _number(confidence)
    return number if 0 <= number <= _CERTAIN else None


def _number(confidence: Decimal | float) -> Decimal:
    number = Decimal(str(confidence))
    return Decimal(-1) if number.is_nan() else number


def _kept(row: int, status: str | None, facts: LinkFacts, *, is_automatic: bool) -> LinkVerdict:
    return _verdict(row, status, facts.method, facts.confidence, is_automatic)


def _verdict(
    row: int, status: str | None, method: str | None, confidence: Decimal | float | None, is_automatic: bool
) -> LinkVerdict:
    return LinkVerdict(row=row, status=status, method=method, confidence=confidence, is_automatic=is_automatic)
