"""People of tests: who decides, and how they decide what they were shown."""

from data_consistency.ledger.items import Reason
from data_consistency.review import decisions
from data_consistency.review.decisions import Decided
from data_consistency.review.viewers import Role, Viewer
from data_consistency.runtime import Runtime

ADMIN = Viewer(name="test", role=Role.ADMIN)
ANN = Viewer(name="ann", role=Role.REVIEWER)
BOB = Viewer(name="bob", role=Role.REVIEWER)
VISITOR = Viewer(name="visitor", role=Role.VIEWER)


def approve(rt: Runtime, item_id: int, person: Viewer = ADMIN, **options: object) -> Decided:
    """Look, and agree with what is there."""
    shown = decisions.look(rt, item_id, person).token
    return decisions.approve(rt, item_id, person, shown=shown, **options)  # type: ignore[arg-type]


def dismiss(
    rt: Runtime, item_id: int, person: Viewer = ADMIN, reason: Reason = Reason.FALSE_POSITIVE, note: str = ""
) -> Decided:
    """Look, and close it without a change."""
    shown = decisions.look(rt, item_id, person).token
    return decisions.dismiss(rt, item_id, person, shown=shown, reason=reason, note=note)
