"""Questions to people: a row that a correction would change, of a company that wants no automatic change."""

from data_consistency import pipeline
from data_consistency.ledger.items import Item
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import worlds
from tests.people import ADMIN

RULE = "call_direction_present"


def ask(rt: Runtime, **values: object) -> Item:
    """A question with a proposal: a call without direction."""
    call = worlds.add_call(rt.engine, **{"direction": None, **values})
    pipeline.begin(rt, f"r{call}", "check", "test")
    pipeline.check_table(rt, table="calls", run_id=f"r{call}", kind="full")
    pipeline.correct_table(rt, table="calls", run_id=f"r{call}", actor="test", rule_id=RULE)
    return next(item for item in decisions.list_questions(rt, ADMIN) if item.entity_id == call)


def direction(rt: Runtime, item: Item) -> object:
    """What stands in the row."""
    return worlds.row(rt.engine, "calls", item.entity_id)["direction"]
