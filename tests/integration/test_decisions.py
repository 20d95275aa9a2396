"""Decisions of people: who may, whose item it is, what was shown; one transaction each, whatever happens in it."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from data_consistency import pipeline
from data_consistency.errors import WrongUse
from data_consistency.ledger.items import Reason
from data_consistency.review import decisions
from data_consistency.review.decisions import Item, ItemChanged
from data_consistency.review.viewers import Role, Viewer
from data_consistency.runtime import Runtime
from tests import bookings, people, worlds
from tests.people import ADMIN, ANN, BOB, VISITOR
from tests.questions import RULE, ask


def _check(rt: Runtime, run_id: str, kind: str = "full") -> None:
    pipeline.begin(rt, run_id, "check", "test")
    pipeline.check_table(rt, table="calls", run_id=run_id, kind=kind)


def _finding(rt: Runtime, item: Item) -> str:
    ((status,),) = worlds.execute(
        rt.engine,
        "SELECT status FROM data_consistency_alerts WHERE alert_type = :rule AND entity_id = :id",
        rule=item.rule_id,
        id=item.entity_id,
    )
    return str(status)


def _direction(rt: Runtime, item: Item) -> object:
    return worlds.row(rt.engine, "calls", item.entity_id)["direction"]


def _events(rt: Runtime, item: Item) -> list[tuple[str, str | None, str, str]]:
    return [
        (str(kind), None if before is None else str(before), str(after), str(actor))
        for kind, before, after, actor in worlds.execute(
            rt.engine,
            "SELECT kind, state_from, state_to, actor FROM consistency_events"
            " WHERE entity_type = 'call' AND entity_id = :id ORDER BY id",
            id=item.entity_id,
        )
    ]


def test_an_item_shows_what_stands_there_and_what_would(opted: Runtime) -> None:
    """Values before and after, and the version of the rule that proposes them."""
    item = ask(opted)

    assert ({"direction": None}, {"direction": "inbound"}) == (item.before, item.proposal)
    rule = next(rule for rule in opted.suites()["calls"].rules if rule.id == RULE)
    assert rule.fingerprint == item.rule_fingerprint


def test_the_values_that_were_shown_are_written_and_nothing_else(opted: Runtime) -> None:
    """Row, audit, finding, item and events in one; by the person's name; handed in twice it is done once."""
    item = ask(opted)

    first = decisions.approve(opted, item.id, ANN, shown=item.token, note="as the caller said")
    again = decisions.approve(opted, item.id, ANN, shown=item.token)

    assert ("applied", "resolved", False) == (first.done, first.status, first.was_done_before)
    assert ("applied", first.run_id, True) == (again.done, again.run_id, again.was_done_before)
    assert ("inbound", "corrected") == (_direction(opted, item), _finding(opted, item))
    assert [(first.run_id, "ann", "person")] == worlds.execute(
        opted.engine, "SELECT run_id, actor, authority FROM consistency_corrections"
    )
    after = decisions.look(opted, item.id, ANN)
    assert ("approved", "ann", first.run_id) == (after.decision, after.decided_by, after.decision_run_id)
    assert [
        ("correction", None, "applied", "ann"),
        ("finding", "in_review", "corrected", "ann"),
        ("item", "pending", "resolved", "ann"),
    ] == _events(opted, item)[-3:]
    assert 1 == decisions.undo(opted, ADMIN, run_id=first.run_id).undone


def test_a_person_may_choose_other_values(opted: Runtime) -> None:
    """Of the columns that the correction writes, if the rule is then satisfied; the audit says whose they are."""
    item = ask(opted)
    for edits, message in (
        ({"direction": "sideways"}, "would still violate"),
        ({"summary": "x"}, "lets a person choose direction"),
        ({"direction": ["x"]}, "use a number, a text"),
        ({"direction": "x" * 256}, "use a number, a text"),
    ):
        with pytest.raises(WrongUse, match=message):
            decisions.approve(opted, item.id, ANN, shown=item.token, edits=edits)
        assert (None, "pending") == (_direction(opted, item), decisions.look(opted, item.id, ANN).status)

    done = decisions.approve(opted, item.id, ANN, shown=item.token, edits={"direction": "outbound"})

    assert ("edited", "outbound", "corrected") == (done.done, _direction(opted, item), _finding(opted, item))


@pytest.mark.parametrize("decide", ["approve", "dismiss", "accept"])
def test_only_what_was_shown_is_decided(opted: Runtime, decide: str) -> None:
    """A token of something else is refused, whatever the decision; nothing is changed."""
    item = ask(opted)
    options = {"reason": Reason.KNOWN} if decide == "dismiss" else {}

    with pytest.raises(ItemChanged, match="look again"):
        getattr(decisions, decide)(opted, item.id, ANN, shown="0123456789ab", **options)

    assert (None, "in_review", "pending") == (
        _direction(opted, item),
        _finding(opted, item),
        decisions.look(opted, item.id, ANN).status,
    )


def test_a_row_that_has_changed_since_is_shown_again(opted: Runtime) -> None:
    """Still wrong, but otherwise: the values are not those that were shown, so the item shows the new ones."""
    item = ask(opted)
    worlds.execute(opted.engine, "UPDATE calls SET direction = 'sideways'")

    with pytest.raises(ItemChanged, match=r"changed since it was shown.*look again"):
        decisions.approve(opted, item.id, ANN, shown=item.token)

    assert "sideways" == _direction(opted, item)
    fresh = decisions.look(opted, item.id, ANN)
    assert ({"direction": "sideways"}, {"direction": "inbound"}) == (fresh.before, fresh.proposal)
    assert fresh.token != item.token
    assert "applied" == decisions.approve(opted, item.id, ANN, shown=fresh.token).done


def test_another_version_of_the_rule_is_shown_again(opted: Runtime) -> None:
    """What it proposes now may be something else."""
    item = ask(opted)
    worlds.execute(opted.engine, "UPDATE manual_review_queue SET rule_fingerprint = REPEAT('0', 64)")
    old = decisions.look(opted, item.id, ANN)

    with pytest.raises(ItemChanged, match="has changed since"):
        decisions.approve(opted, item.id, ANN, shown=old.token)

    assert item.token == decisions.look(opted, item.id, ANN).token
    assert _direction(opted, item) is None


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE calls SET direction = 'outbound'", "satisfies its rule"),
        ("DELETE FROM calls", "is gone"),
    ],
)
def test_a_row_that_is_fine_or_gone_settles_its_item(opted: Runtime, statement: str, what: str) -> None:
    """Nothing is written; item and finding end, and it is no decision about the rule."""
    item = ask(opted)
    worlds.execute(opted.engine, statement)

    done = decisions.approve(opted, item.id, ANN, shown=item.token)

    assert ("settled", "resolved", "resolved") == (done.done, done.status, _finding(opted, item))
    assert [(0,)] == worlds.execute(opted.engine, "SELECT COUNT(*) FROM consistency_corrections")
    ((notes,),) = worlds.execute(opted.engine, "SELECT resolution_notes FROM manual_review_queue")
    assert what in str(notes)


def test_values_that_the_database_refuses_leave_the_item_open(opted: Runtime) -> None:
    """A trigger of somebody else says no: the person is told, and nothing else happens."""
    item = ask(opted)
    worlds.execute(
        opted.engine,
        "CREATE TRIGGER no BEFORE UPDATE ON calls FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'",
    )

    with pytest.raises(WrongUse, match="the database refuses these values"):
        decisions.approve(opted, item.id, ANN, shown=item.token)

    after = decisions.look(opted, item.id, ANN)
    assert ("pending", item.token) == (after.status, after.token)


def test_what_is_somebody_elses_is_refused_before_anything_is_written(opted: Runtime) -> None:
    """The row is as it was: who asks first and writes later cannot be too late."""
    item = ask(opted)
    decisions.claim(opted, item.id, ANN)
    asks: list[Callable[[Viewer], object]] = [
        lambda person: decisions.approve(opted, item.id, person, shown=item.token),
        lambda person: decisions.accept(opted, item.id, person, shown=item.token),
        lambda person: decisions.claim(opted, item.id, person),
        lambda person: decisions.release(opted, item.id, person),
        lambda person: decisions.snooze(opted, item.id, person, until=opted.now() + timedelta(days=1)),
    ]
    for attempt in asks:
        with pytest.raises(WrongUse, match="in_progress by ann"):
            attempt(BOB)
        with pytest.raises(WrongUse, match="visitor is a viewer"):
            attempt(VISITOR)
    assert (None, "in_progress") == (_direction(opted, item), decisions.look(opted, item.id, ANN).status)

    people.dismiss(opted, item.id, ANN)
    for attempt in asks[:3]:
        with pytest.raises(WrongUse, match="is dismissed: dismissed by ann"):
            attempt(BOB)
    assert _direction(opted, item) is None


def test_a_company_of_others_is_as_if_it_were_not_there(opted: Runtime) -> None:
    """Lists, items and decisions are of the companies that a person may see."""
    item = ask(opted)
    stranger = Viewer(name="eve", role=Role.ADMIN, companies=frozenset({2}))
    mine = ask(opted, company_id=2)

    assert [mine.id] == [other.id for other in decisions.list_questions(opted, stranger)]
    for attempt in (
        lambda: decisions.look(opted, item.id, stranger),
        lambda: decisions.approve(opted, item.id, stranger, shown=item.token),
        lambda: decisions.assign(opted, item.id, stranger, owner="eve"),
    ):
        with pytest.raises(WrongUse, match="does not exist, or is of a company"):
            attempt()
    assert "applied" == decisions.approve(opted, mine.id, stranger, shown=mine.token).done
    assert 0 == decisions.undo(opted, stranger, run_id=f"r{item.entity_id}").undone
    assert _direction(opted, item) is None


def test_items_are_given_put_off_and_written_beside(opted: Runtime) -> None:
    """Each with its event; what people write stands apart, so that it can be deleted."""
    item = ask(opted)
    until = opted.now() + timedelta(days=2)

    decisions.claim(opted, item.id, ANN)
    decisions.claim(opted, item.id, ANN)
    decisions.note(opted, item.id, BOB, text="ask the salon")
    decisions.assign(opted, item.id, ADMIN, owner="bob")
    decisions.snooze(opted, item.id, BOB, until=until)
    hidden = decisions.list_questions(opted, BOB)
    decisions.release(opted, item.id, ADMIN)

    assert [] == hidden
    assert [item.id] == [found.id for found in decisions.list_questions(opted, BOB, snoozed=True)]
    whats = [
        json.loads(str(detail))["what"]
        for (detail,) in worlds.execute(
            opted.engine,
            "SELECT detail FROM consistency_events WHERE kind = 'item' AND subject_id IS NOT NULL ORDER BY id",
        )
    ]
    assert ["claimed", "claimed", "noted", "assigned", "snoozed", "released"] == whats
    assert [("bob", "ask the salon")] == worlds.execute(opted.engine, "SELECT written_by, note FROM consistency_notes")
    events = worlds.execute(opted.engine, "SELECT detail FROM consistency_events WHERE detail LIKE '%salon%'")
    assert [] == events


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda rt, item: decisions.assign(rt, item, ANN, owner="bob"), "takes the role admin"),
        (lambda rt, item: decisions.assign(rt, item, ADMIN, owner=" "), "1 to 100 printable"),
        (lambda rt, item: decisions.snooze(rt, item, ANN, until=rt.now()), "a time to come"),
        (lambda rt, item: decisions.snooze(rt, item, ANN, until=rt.now() + timedelta(days=91)), "at most 90 days"),
        (lambda rt, item: decisions.note(rt, item, ANN, text=" "), "1 to 1000 characters"),
        (lambda rt, item: decisions.note(rt, item, ANN, text="x" * 1001), "1 to 1000 characters"),
        (lambda rt, item: decisions.release(rt, item, ANN), "nobody works on it"),
        (lambda rt, item: people.dismiss(rt, item, ANN, Reason.OTHER), "takes a note"),
        (lambda rt, item: people.dismiss(rt, item, ANN, Reason.MENDED_BY_HAND), "still violates rule"),
        (lambda rt, _item: decisions.undo(rt, ANN, run_id="r"), "takes the role admin"),
        (lambda rt, _item: decisions.claim(rt, 4711, ANN), "does not exist"),
    ],
)
def test_what_cannot_be_decided_is_said(
    opted: Runtime, attempt: Callable[[Runtime, int], object], message: str
) -> None:
    """One line, and nothing has happened."""
    item = ask(opted)
    before = worlds.execute(opted.engine, "SELECT COUNT(*) FROM consistency_events")

    with pytest.raises(WrongUse, match=message):
        attempt(opted, item.id)

    assert before == worlds.execute(opted.engine, "SELECT COUNT(*) FROM consistency_events")


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (Reason.FALSE_POSITIVE, "dismissed"),
        (Reason.KNOWN, "dismissed"),
        (Reason.DUPLICATE, "dismissed"),
        (Reason.OTHER, "dismissed"),
        (Reason.RIGHT_AS_IT_IS, "accepted"),
        (Reason.MENDED_BY_HAND, "resolved"),
    ],
)
def test_a_finding_ends_with_its_item(opted: Runtime, reason: Reason, state: str) -> None:
    """It no longer counts as open, whatever the checks see; gone, and there again, it is a new question."""
    item = ask(opted)
    if reason is Reason.MENDED_BY_HAND:
        worlds.execute(opted.engine, "UPDATE calls SET direction = 'inbound'")

    people.dismiss(opted, item.id, ANN, reason, note="why")
    _check(opted, "r2")

    assert state == _finding(opted, item)
    assert {} == pipeline.open_by_severity(opted)
    assert [] == decisions.list_questions(opted, ADMIN)
    worlds.execute(opted.engine, "UPDATE calls SET direction = 'inbound'")
    _check(opted, "r3")
    assert "resolved" == _finding(opted, item)
    worlds.execute(opted.engine, "UPDATE calls SET direction = NULL")
    _check(opted, "r4")
    assert "open" == _finding(opted, item)


def test_a_reopened_finding_has_not_been_corrected_by_anybody(rt: Runtime) -> None:
    """What was true of its last life is gone with it."""
    call = worlds.add_call(rt.engine, direction=None)
    _check(rt, "r1")
    pipeline.correct_table(rt, table="calls", run_id="r1", actor="test")
    worlds.execute(rt.engine, "UPDATE calls SET direction = NULL")

    _check(rt, "r2")

    assert [("open", 0, None, None)] == worlds.execute(
        rt.engine,
        "SELECT status, auto_corrected, corrected_at, resolution_notes FROM data_consistency_alerts"
        " WHERE entity_id = :id",
        id=call,
    )


def test_the_guards_own_findings_end_when_a_person_has_decided(rt: Runtime) -> None:
    """No check would ever see them gone; told again about the same call, they are open again."""
    from data_consistency.booking.guard import BookingGuard, Mode

    call = bookings.add_call(rt, appointment_id=888_888)
    bookings.add_appointment(rt, None)
    gone = bookings.add_call(rt)
    with BookingGuard(rt, mode=Mode.ENFORCE) as guard:
        for each in (call, gone):
            guard.rollback_on_failure(each, guard.validate_appointment_creation(each))
    items = {item.entity_id: item for item in decisions.list_questions(rt, ADMIN)}
    worlds.execute(rt.engine, "DELETE FROM calls WHERE id = :id", id=gone)

    with pytest.raises(WrongUse, match="no correction"):
        people.approve(rt, items[call].id, ANN)
    people.dismiss(rt, items[call].id, ANN, Reason.MENDED_BY_HAND)
    pipeline.process_review_queue(rt, run_id="review")

    assert ["resolved", "resolved"] == [_finding(rt, items[each]) for each in (call, gone)]
    assert [] == decisions.list_questions(rt, ADMIN)
    assert {} == pipeline.open_by_severity(rt)


def test_confirmations_hold_nothing_up(rt: Runtime) -> None:
    """They are a list of their own; confirmed, or closed by taking the correction back."""
    booked = {"appointment_made": 1, "session_outcome": "appointment_booked", "appointment_link_status": "linked"}
    one, other = worlds.add_call(rt.engine, **booked), worlds.add_call(rt.engine, **booked)
    _check(rt, "r1")
    pipeline.correct_table(rt, table="calls", run_id="r1", actor="test")

    confirmations = {item.entity_id: item for item in decisions.list_confirmations(rt, ANN)}

    assert ([], {one, other}) == (decisions.list_questions(rt, ANN), set(confirmations))
    assert "confirmed" == people.approve(rt, confirmations[one].id, ANN).done
    decisions.undo(rt, BOB, table="calls", entity_id=other)
    assert [] == decisions.list_confirmations(rt, ANN)
    assert "undone" == decisions.look(rt, confirmations[other].id, ANN).decision


def test_an_item_whose_rule_is_gone_can_only_be_closed(opted: Runtime) -> None:
    """And its finding, which no check will ever see gone, ends by itself."""
    item, other = ask(opted), ask(opted)
    for table, column in (("manual_review_queue", "reason"), ("data_consistency_alerts", "alert_type")):
        worlds.execute(opted.engine, f"UPDATE {table} SET {column} = 'rule_of_yesterday'")

    with pytest.raises(WrongUse, match="no correction in the suites"):
        people.approve(opted, item.id, ANN)
    people.dismiss(opted, item.id, ANN, Reason.MENDED_BY_HAND)
    pipeline.process_review_queue(opted, run_id="review")

    assert [("resolved",)] == worlds.execute(opted.engine, "SELECT DISTINCT status FROM data_consistency_alerts")
    assert "settled" == decisions.look(opted, other.id, ANN).decision


def test_hand_edited_rows_of_ours_do_no_harm(opted: Runtime) -> None:
    """A proposal for a column that no correction writes, and one that is no document, change nothing."""
    item = ask(opted)
    worlds.execute(opted.engine, 'UPDATE manual_review_queue SET proposal = \'{"summary": "x"}\'')

    with pytest.raises(WrongUse, match="look again"):
        people.approve(opted, item.id, ANN)

    assert "s" == worlds.row(opted.engine, "calls", item.entity_id)["summary"]
    assert _direction(opted, item) is None
