"""What a person sees before they decide: questions, confirmations, one item. Reads only."""

from data_consistency.ledger import known, queue
from data_consistency.ledger.items import Item, ItemKind
from data_consistency.review.viewers import Viewer, require_company
from data_consistency.runtime import Runtime


def list_questions(
    rt: Runtime, person: Viewer, *, company_id: int | None = None, snoozed: bool = False, limit: int = 100
) -> list[Item]:
    """Open questions, most urgent first; what was put off is shown only when it is asked for."""
    return _listed(rt, person, ItemKind.QUESTION, company_id=company_id, snoozed=snoozed, limit=limit)


def list_confirmations(
    rt: Runtime, person: Viewer, *, company_id: int | None = None, snoozed: bool = False, limit: int = 100
) -> list[Item]:
    """Corrections that were made and that a person should look at all the same; they hold nothing up."""
    return _listed(rt, person, ItemKind.CONFIRMATION, company_id=company_id, snoozed=snoozed, limit=limit)


def look(rt: Runtime, item_id: int, person: Viewer) -> Item:
    """One item, open or not; its token is handed back with a decision about it.

    Raises:
        WrongUse: there is none.
    """
    with rt.transaction() as connection:
        item = queue.get_item(connection, item_id)
    require_company(person, item.company_id, f"review item {item_id}")
    return item


def _listed(
    rt: Runtime, person: Viewer, kind: ItemKind, *, company_id: int | None, snoozed: bool, limit: int
) -> list[Item]:
    with rt.transaction() as connection:
        known.require_company(connection, company_id)
        return queue.list_items(
            connection,
            kind=kind,
            company_id=company_id,
            companies=None if person.companies is None else sorted(person.companies),
            now=None if snoozed else rt.now(),
            limit=limit,
        )
