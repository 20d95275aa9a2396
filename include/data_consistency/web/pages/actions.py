"""What a person does with an item, by the same functions as the command; each says in a word what came of it."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from data_consistency.errors import WrongUse
from data_consistency.ledger.items import Item, ItemKind, Reason
from data_consistency.review import decisions
from data_consistency.review.desk import rule_of
from data_consistency.review.viewers import Viewer
from data_consistency.runtime import Runtime
from data_consistency.web.pages.forms import Form

Action = Callable[[Runtime, int, Viewer, Form], str]
_EDIT, _EMPTY = "edit:", "empty:"


def _claim(rt: Runtime, item_id: int, person: Viewer, _form: Form) -> str:
    return decisions.claim(rt, item_id, person).done


def _release(rt: Runtime, item_id: int, person: Viewer, _form: Form) -> str:
    return decisions.release(rt, item_id, person).done


def _assign(rt: Runtime, item_id: int, person: Viewer, form: Form) -> str:
    return decisions.assign(rt, item_id, person, owner=form.text("owner")).done


def _snooze(rt: Runtime, item_id: int, person: Viewer, form: Form) -> str:
    days = _whole(form.text("days"))
    return decisions.snooze(rt, item_id, person, until=rt.now() + timedelta(days=min(days, 1000))).done


def _note(rt: Runtime, item_id: int, person: Viewer, form: Form) -> str:
    return decisions.note(rt, item_id, person, text=form.text("note")).done


def _refresh(rt: Runtime, item_id: int, person: Viewer, _form: Form) -> str:
    decisions.refresh(rt, item_id, person)
    return "refreshed"


def _approve(rt: Runtime, item_id: int, person: Viewer, form: Form) -> str:
    return decisions.approve(rt, item_id, person, shown=form.text("shown"), note=form.text("note")).done


def _edit(rt: Runtime, item_id: int, person: Viewer, form: Form) -> str:
    item = decisions.look(rt, item_id, person)
    edits = _edits(item, form)
    return decisions.approve(
        rt, item_id, person, shown=form.text("shown"), edits=edits or None, note=form.text("note")
    ).done


def _dismiss(rt: Runtime, item_id: int, person: Viewer, form: Form) -> str:
    given = form.text("reason")
    reason = next((one for one in Reason if one.value == given), None)
    if reason is None:
        raise WrongUse(f"review item {item_id}: choose a reason from the list")
    return decisions.dismiss(rt, item_id, person, shown=form.text("shown"), reason=reason, note=form.text("note")).done


def _undo(rt: Runtime, item_id: int, person: Viewer, _form: Form) -> str:
    """The change of this row alone: what a decision wrote, or what the correction wrote that is to be confirmed."""
    item = decisions.look(rt, item_id, person)
    found = rule_of(rt, item)
    if found is None:
        raise WrongUse(f"review item {item_id}: rule '{item.rule_id}' is in no suite; take it back by its run")
    table = found[0].table
    if item.kind is ItemKind.CONFIRMATION:
        counts = decisions.undo(rt, person, rule=item.rule_id, table=table, entity_id=item.entity_id)
    elif item.decision_run_id is not None:
        counts = decisions.undo(rt, person, run_id=item.decision_run_id, table=table, entity_id=item.entity_id)
    else:
        raise WrongUse(f"review item {item_id}: nothing was written by it")
    return "undone" if counts.undone and not counts.refused else "undo_refused"


ACTIONS: Mapping[str, Action] = {
    "claim": _claim,
    "release": _release,
    "assign": _assign,
    "snooze": _snooze,
    "note": _note,
    "refresh": _refresh,
    "approve": _approve,
    "edit": _edit,
    "dismiss": _dismiss,
    "undo": _undo,
}
# Words for what came of them.
DONE = frozenset(
    {
        *("applied", "edited", "confirmed", "dismissed", "accepted", "settled", "claimed", "assigned", "released"),
        *("snoozed", "noted", "refreshed", "undone", "undo_refused"),
    }
)


def _edits(item: Item, form: Form) -> dict[str, object]:
    """What differs from what is proposed, as values of the kind that stands there."""
    proposal, before = item.proposal or {}, item.before or {}
    edits: dict[str, object] = {}
    for name in form.fields:
        if not name.startswith(_EDIT):
            continue
        column = name.removeprefix(_EDIT)
        like = proposal.get(column) if proposal.get(column) is not None else before.get(column)
        value = None if form.has(_EMPTY + column) else _typed(column, form.text(name), like)
        if column not in proposal or value != proposal[column]:
            edits[column] = value
    return edits


def _typed(column: str, text: str, like: object) -> object:
    is_number = text.removeprefix("-").isdigit() and text.isascii()
    if isinstance(like, int) and not is_number:
        raise WrongUse(f"edit of '{column}': a number stands there; use a whole number")
    return int(text) if is_number and not isinstance(like, str) else text


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len("1000")):
        raise WrongUse("choose for how many days")
    return int(text)
