"""The customer link of a call and what a page shows of it, for any text and any confidence."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency.identity import (
    Badge,
    LinkFacts,
    LinkMethod,
    LinkStatus,
    Mark,
    caller_name,
    is_suppressed,
    judge_link,
    link_badge,
    link_method_text,
    number_text,
)

_ANY = st.none() | st.text(max_size=80)


_KNOWN = {"has_customer": True, "from_number": "0171 3920001", "customer_phone": "+491713920001"}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"customer_fits": False, "status": "linked", "confidence": 80}, (1, "linked", None, 80, False)),
        ({"method": "manual_link"}, (2, "linked", "manual_link", 100, True)),
        ({"method": "manual_link", "confidence": 30}, (2, "linked", "manual_link", 30, True)),
        ({"method": "manual_link", "confidence": 130}, (2, "linked", "manual_link", 130, False)),
        ({"method": "name_match", "confidence": 70}, (3, "linked", "name_match", 70, True)),
        ({"confidence": Decimal("69.99")}, (4, "pending_review", None, Decimal("69.99"), False)),
        ({"confidence": 39.99}, (5, "failed", None, 39.99, False)),
        ({}, (6, "linked", "phone_match", 100, True)),
        ({"confidence": 101}, (6, "linked", "phone_match", 100, True)),
        ({"phone_is_shared": True, "appointment_fits": True}, (7, "linked", "appointment_link", 95, True)),
        ({"from_number": "anonymous", "customer_phone": "anonymous"}, (8, "pending_review", None, None, False)),
        ({"phone_is_shared": True, "method": "auto_created"}, (8, "linked", "auto_created", 100, False)),
        ({"phone_is_shared": True, "method": "phone_match"}, (8, "pending_review", None, None, False)),
        ({"phone_is_shared": True, "confidence": 101}, (3, "linked", None, 101, False)),
        ({"phone_is_shared": True, "confidence": -1}, (5, "failed", None, -1, False)),
    ],
)
def test_links_to_a_customer(facts: dict[str, object], expected: tuple[object, ...]) -> None:
    """Rows 1 to 8 of the table, top down."""
    verdict = judge_link(LinkFacts(**(_KNOWN | facts)))  # type: ignore[arg-type]

    assert expected == (verdict.row, verdict.status, verdict.method, verdict.confidence, verdict.is_automatic)


@pytest.mark.parametrize(
    ("name", "number", "status", "expected"),
    [
        ("Elif Özdemir", "anonymous", "unlinked", (9, "name_only", True)),
        ("Petra König", "+491713920001", "unlinked", (9, "name_only", False)),
        ("Anna", "+491713920001", "unlinked", (9, "name_only", False)),
        ("guten Tag", "anonymous", "name_only", (10, "anonymous", True)),
        (None, None, "linked", (10, "anonymous", True)),
        ("guten Tag", "+491713920001", "name_only", (11, "unlinked", True)),
        (None, "+491713920001", "anonymous", (11, "anonymous", True)),
    ],
)
def test_links_without_a_customer(
    name: str | None, number: str | None, status: str, expected: tuple[int, str, bool]
) -> None:
    """Rows 9 to 11: never by name alone, and old anonymous calls are left alone."""
    facts = LinkFacts(customer_name=name, from_number=number, status=status, method="name_match", confidence=85)
    verdict = judge_link(facts, ("Petra König",))

    assert expected == (verdict.row, verdict.status, verdict.is_automatic)
    assert (None, None) == (verdict.method, verdict.confidence)


_CONFIDENCE = st.none() | st.floats() | st.decimals()
_FACTS = st.builds(
    LinkFacts,
    status=st.none() | st.sampled_from(list(LinkStatus)) | st.text(max_size=5),
    method=st.none() | st.sampled_from(list(LinkMethod)),
    confidence=_CONFIDENCE,
    from_number=_ANY,
    customer_name=_ANY,
    has_customer=st.booleans(),
    customer_fits=st.booleans(),
    customer_phone=_ANY,
    phone_is_shared=st.booleans(),
    appointment_fits=st.booleans(),
)


@given(facts=_FACTS)
def test_every_call_gets_a_link(facts: LinkFacts) -> None:
    """Whatever is stored, one row of the table decides, and nothing is linked without a customer or by a name."""
    verdict = judge_link(facts)

    assert 1 <= verdict.row <= 11
    assert (verdict.row >= 9) == (not facts.has_customer)
    assert facts.has_customer or verdict.status != LinkStatus.LINKED
    assert verdict.method != LinkMethod.NAME_MATCH or verdict.confidence is not None or not verdict.is_automatic


def _shown(**values: object) -> tuple[str, str]:
    defaults: dict[str, object] = {
        "customer_profile_name": None,
        "link_status": "unlinked",
        "spoken_name": None,
        "is_name_verified": False,
        "number": "+491713920001",
    }
    caller = caller_name(**(defaults | values))  # type: ignore[arg-type]
    return caller.name, caller.mark


def test_one_order_of_names() -> None:
    """Linked customer, spoken name, "Anonym" for a withheld number, "Unbekannt"."""
    both = {"customer_profile_name": "Eva  Muster", "spoken_name": "Elif Özdemir"}

    assert ("Eva Muster", Mark.PROFILE) == _shown(**both, link_status="linked", number="anonymous")
    assert ("Eva Muster", Mark.UNVERIFIED) == _shown(**both, link_status="pending_review")
    assert ("Elif Özdemir", Mark.UNVERIFIED) == _shown(**both, link_status="failed")
    assert ("Elif Özdemir", Mark.KNOWN_NUMBER) == _shown(spoken_name=" Elif Özdemir ", is_name_verified=True)
    assert ("Özdemir", Mark.UNVERIFIED) == _shown(spoken_name="Özdemir", is_name_verified=True, number="anonymous")
    assert ("Anonym", Mark.NOBODY) == _shown(spoken_name="guten Tag", number="anonymous")
    assert ("Unbekannt", Mark.NOBODY) == _shown(customer_profile_name="Unbekannt #4711", link_status="linked")


@pytest.mark.parametrize(
    ("status", "confidence", "expected"),
    [
        ("linked", None, Badge(text="✓ Verknüpft", tooltip="Verifizierter Kunde mit Kundenprofil")),
        ("linked", Decimal("99.50"), Badge(text="✓ Verknüpft", tooltip="100% Übereinstimmung")),
        ("linked", 100.5, Badge(text="✓ Verknüpft", tooltip="Verifizierter Kunde mit Kundenprofil")),
        ("linked", float("nan"), Badge(text="✓ Verknüpft", tooltip="Verifizierter Kunde mit Kundenprofil")),
        ("linked", 0, Badge(text="✓ Verknüpft", tooltip="0% Übereinstimmung")),
        ("pending_review", 55, Badge(text="⏳ Prüfung", tooltip="55% Übereinstimmung")),
        ("pending_review", None, Badge(text="⏳ Prüfung", tooltip=None)),
        ("name_only", 85, Badge(text="⚠ Nur Name", tooltip=None)),
        ("anonymous", 100, Badge(text="👤 Anonym", tooltip=None)),
        ("unlinked", 100, Badge(text="○ Nicht verknüpft", tooltip=None)),
        ("failed", 30, Badge(text="✗ Fehler", tooltip=None)),
        (None, 100, Badge(text="○ Nicht verknüpft", tooltip=None)),
    ],
)
def test_a_percentage_is_shown_only_where_a_confidence_exists(
    status: str | None, confidence: Decimal | float | None, expected: Badge
) -> None:
    """NULL is not 0, and lesser links never show one."""
    assert expected == link_badge(status, confidence)


def test_every_method_has_a_text() -> None:
    """In words and with its sign; nothing is said of an unknown one."""
    texts = ["📞 Telefon", "📝 Name", "👤 Manuell", "🤖 KI", "📅 Termin", "🆕 Neu erstellt"]

    assert texts == [link_method_text(method) for method in LinkMethod]
    assert (None, None) == (link_method_text(None), link_method_text("guess"))


@given(
    name=_ANY, spoken=_ANY, number=_ANY, status=st.none() | st.sampled_from(list(LinkStatus)), confidence=_CONFIDENCE
)
def test_something_is_always_shown(
    name: str | None, spoken: str | None, number: str | None, status: str | None, confidence: Decimal | float | None
) -> None:
    """Any text, any confidence: a name, a number and a badge, and never a withheld number."""
    shown = _shown(customer_profile_name=name, spoken_name=spoken, number=number, link_status=status)

    assert shown[0]
    assert number_text(number)
    assert link_badge(status, confidence).text
    assert not is_suppressed(number) or number_text(number) == "Anonyme Nummer"
