"""Review items: they close with their finding, belong to one person, and say what cannot be approved."""

import pytest

from data_consistency import pipeline
from data_consistency.errors import WrongUse
from data_consistency.ledger import queue
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import people, worlds
from tests.people import ANN, BOB
from tests.rounds import run_all

pytestmark = pytest.mark.every_server


def test_items_close_with_their_finding_and_reopen_when_it_returns(rt: Runtime) -> None:
    """Nobody clears the queue by hand when the data has healed."""
    call = worlds.add_call(rt.engine, session_outcome="nonsense")
    run_all(rt, "r1")
    worlds.execute(rt.engine, "UPDATE calls SET session_outcome = 'other' WHERE id = :id", id=call)
    run_all(rt, "r2")
    closed = pipeline.process_review_queue(rt, run_id="r2")
    worlds.execute(rt.engine, "UPDATE calls SET session_outcome = 'nonsense' WHERE id = :id", id=call)

    run_all(rt, "r3")

    assert (1, 0) == (closed.closed, closed.pending)
    with rt.transaction() as connection:
        items = queue.list_items(connection)
    assert [1] == [item.reopened for item in items]


def test_two_reviewers_cannot_own_one_item(rt: Runtime) -> None:
    """One guarded UPDATE decides; a stale claim goes back to the queue."""
    worlds.add_call(rt.engine, session_outcome="nonsense")
    run_all(rt, "r1")
    (item,) = decisions.list_questions(rt, ANN)
    decisions.claim(rt, item.id, ANN)
    with pytest.raises(WrongUse, match="in_progress by ann"):
        decisions.claim(rt, item.id, BOB)
    with pytest.raises(WrongUse, match="in_progress by ann"):
        people.dismiss(rt, item.id, BOB)

    worlds.execute(rt.engine, "UPDATE manual_review_queue SET assigned_at = assigned_at - INTERVAL 2 DAY")
    processed = pipeline.process_review_queue(rt, run_id="r1")

    assert 1 == processed.released
    people.dismiss(rt, item.id, BOB, note="fine")
    assert "dismissed" == decisions.look(rt, item.id, BOB).status
    with pytest.raises(WrongUse, match="does not exist"):
        decisions.look(rt, 4711, BOB)


def test_approving_an_item_whose_rule_cannot_correct_is_wrong_use(rt: Runtime) -> None:
    """The reviewer mends the row and dismisses the item."""
    worlds.add_call(rt.engine, session_outcome="nonsense")
    run_all(rt, "r1")
    with rt.transaction() as connection:
        item = queue.list_items(connection)[0]

    with pytest.raises(WrongUse, match="no correction"):
        people.approve(rt, item.id)
