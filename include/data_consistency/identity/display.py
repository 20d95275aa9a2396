"""What people see of a caller, in one order for every page; the view `consistency_call_display` says the same.

The texts are those of the call centre's pages, which are German.
"""

import enum
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from data_consistency.identity.links import LinkMethod, LinkStatus
from data_consistency.identity.names import judge_name
from data_consistency.identity.numbers import is_suppressed
from data_consistency.identity.text import one_line

_BADGES = {
    LinkStatus.LINKED: "✓ Verknüpft",
    LinkStatus.PENDING_REVIEW: "⏳ Prüfung",
    LinkStatus.NAME_ONLY: "⚠ Nur Name",
    LinkStatus.ANONYMOUS: "👤 Anonym",
    LinkStatus.UNLINKED: "○ Nicht verknüpft",
    LinkStatus.FAILED: "✗ Fehler",
}
_METHODS = {
    LinkMethod.PHONE_MATCH: "📞 Telefon",
    LinkMethod.NAME_MATCH: "📝 Name",
    LinkMethod.MANUAL_LINK: "👤 Manuell",
    LinkMethod.AI_MATCH: "🤖 KI",
    LinkMethod.APPOINTMENT_LINK: "📅 Termin",
    LinkMethod.AUTO_CREATED: "🆕 Neu erstellt",
}
_CERTAIN = 100


class Mark(enum.StrEnum):
    """How far the shown name can be trusted."""

    PROFILE = "profile"  # of a linked customer
    KNOWN_NUMBER = "known_number"  # spoken, and the number is known
    UNVERIFIED = "unverified"  # spoken, or of a customer whose link is not certain
    NOBODY = "nobody"  # no name is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The name to show, and how far it can be trusted."""

    name: str
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """The mark of a customer link; without a tooltip there is nothing to add."""

    text: str
    tooltip: str | None


def caller_name(
    *,
    customer_profile_name: str | None,
    link_status: str | None,
    spoken_name: str | None,
    is_name_verified: bool,
    number: str | None,
) -> Caller:
    """The caller's name: the linked customer's, else the spoken one, else "Anonym" or "Unbekannt".

    A spoken name that a person has yet to judge is shown as well: hiding it would help nobody.

    Args:
        customer_profile_name: of the customer that the call names; None: there is none, it is deleted, or it is another
            company's.
        link_status: of the call; a customer whose match failed is not shown.
        spoken_name: what was heard.
        is_name_verified: whether the source holds it for verified, which a withheld number rules out.
        number: of the caller.
    """
    if link_status != LinkStatus.FAILED and not judge_name(customer_profile_name).is_none:
        is_linked = link_status == LinkStatus.LINKED
        return Caller(name=one_line(customer_profile_name), mark=Mark.PROFILE if is_linked else Mark.UNVERIFIED)
    is_hidden = is_suppressed(number)
    if not judge_name(spoken_name).is_none:
        is_known = is_name_verified and not is_hidden
        return Caller(name=one_line(spoken_name), mark=Mark.KNOWN_NUMBER if is_known else Mark.UNVERIFIED)
    return Caller(name="Anonym" if is_hidden else "Unbekannt", mark=Mark.NOBODY)


def number_text(number: str | None, *, in_list: bool = False) -> str:
    """The number to show; a withheld one by words, which lists have their own for."""
    if is_suppressed(number):
        return "Nicht übertragen" if in_list else "Anonyme Nummer"
    return one_line(number)


def is_number_copyable(number: str | None) -> bool:
    """Whether the shown number is one."""
    return not is_suppressed(number)


def link_badge(status: str | None, confidence: Decimal | float | None) -> Badge:
    """Text and tooltip of a customer link; a percentage only where a confidence exists, and never for lesser links.

    Args:
        status: of the link; an unknown one is shown as not linked.
        confidence: 0 to 100; anything else is none.
    """
    known = LinkStatus(status) if status in set(LinkStatus) else LinkStatus.UNLINKED
    percent = _percent(confidence) if known in {LinkStatus.LINKED, LinkStatus.PENDING_REVIEW} else None
    if percent is not None:
        return Badge(text=_BADGES[known], tooltip=f"{percent}% Übereinstimmung")
    is_linked = known is LinkStatus.LINKED
    return Badge(text=_BADGES[known], tooltip="Verifizierter Kunde mit Kundenprofil" if is_linked else None)


def link_method_text(method: str | None) -> str | None:
    """How a link came about; None: nothing is known of it."""
    return _METHODS[LinkMethod(method)] if method in set(LinkMethod) else None


def _percent(confidence: Decimal | float | None) -> int | None:
    number = Decimal(str(confidence)) if confidence is not None else Decimal("NaN")
    if number.is_nan() or not 0 <= number <= _CERTAIN:
        return None
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_UP))
