"""The pages: who may come in, what is shown, what a form does, what is refused; on a real database."""

import logging
import re

import pytest
from starlette.routing import Route

from data_consistency import pipeline
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from data_consistency.web.pages.forms import token_of
from data_consistency.web.pages.house import Visitor
from tests import worlds
from tests.pages import HOST, Visit
from tests.people import ADMIN, ANN, BOB, VISITOR
from tests.questions import RULE, ask, direction

_NAME = "<b>Ünal & Söhne</b> \u202e\U0001f600"


def routes(visit: Visit) -> list[tuple[str, str]]:
    """Every route there is, with something in the place of its parameters."""
    found = [
        (method, re.sub(r"\{\w+\}", "1", re.sub(r"^/\{source\}", "/default", route.path)))
        for route in visit.app.routes
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
    ]
    assert len(found) == len(visit.app.routes)  # nothing is mounted beside them
    return found


def test_no_route_opens_to_who_is_not_signed_in(visit: Visit) -> None:
    """Whatever route there is or will be: the door is asked before it."""
    visit.house.person = None

    answers = {
        (method, path): visit.post(path, {}) if method == "POST" else visit.get(path) for method, path in routes(visit)
    }

    assert {401} == {answer.status_code for answer in answers.values()}
    assert len(answers) >= 8
    assert all("default-src 'none'" in answer.headers["content-security-policy"] for answer in answers.values())


def test_no_form_is_taken_from_another_site_or_without_its_token(visit: Visit, opted: Runtime) -> None:
    """On every route that takes forms: from elsewhere, from nowhere, of another session, of nobody; nothing changes."""
    item = ask(opted)
    token = visit.token(f"/default/items/{item.id}")
    posts = [path for method, path in routes(visit) if method == "POST"]
    path = f"/default/items/{item.id}/approve"
    carried = {"token": token, "shown": item.token}

    for target in [*posts, path]:
        refused = [
            visit.post(target, carried, origin="https://evil.example.org"),
            visit.post(target, carried, origin="http://pages.example.org:8081"),
            visit.post(target, carried, origin="null"),
            visit.post(target, carried, origin=None),
            visit.post(target, carried, **{"sec-fetch-site": "cross-site"}),
            visit.post(target, carried, **{"sec-fetch-site": "same-site"}),
            visit.post(target, {**carried, "token": ""}),
            visit.post(target, {**carried, "token": token[::-1]}),
        ]
        assert [403] * len(refused) == [answer.status_code for answer in refused], target
    visit.house.session = "two"
    assert 403 == visit.post(path, carried).status_code

    assert (None, "pending") == (direction(opted, item), decisions.look(opted, item.id, ANN).status)
    assert len(posts) == 5


def test_who_may_only_look_changes_nothing_on_any_route(visit: Visit, opted: Runtime) -> None:
    """They see the item without what is about people, no button, and every form of theirs is refused."""
    item = ask(opted, customer_name=_NAME, from_number="+4915112345678")
    visit.house.person = VISITOR
    page = visit.get(f"/default/items/{item.id}").text
    token = _token(visit)
    posts = [path for method, path in routes(visit) if method == "POST"]

    answers = [visit.post(path, {"token": token, "shown": item.token}) for path in posts]
    answers.append(visit.post(f"/default/items/{item.id}/approve", {"token": token, "shown": item.token}))

    assert {403} == {answer.status_code for answer in answers}
    assert None is direction(opted, item)
    assert "<button" not in page
    assert "4915112345678" not in page
    assert "Söhne" not in page


@pytest.mark.every_server
def test_a_person_clears_an_item(visit: Visit, opted: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    """Seen in the list, looked at, claimed, approved: the row has the value that was shown; then taken back."""
    caplog.set_level(logging.DEBUG)
    item = ask(opted, customer_name=_NAME, from_number="+4915112345678")
    listed = visit.get("/", **{"accept-language": "de-DE,de;q=0.9"})
    page = visit.get(f"/default/items/{item.id}")

    claimed = visit.act(item.id, "claim")
    approved = visit.act(item.id, "approve")
    now = direction(opted, item)
    taken_back = visit.act(item.id, "undo")

    assert "1 Eintrag" in listed.text
    assert f"/default/items/{item.id}" in listed.text
    assert "</span> Calls do not say whether they came in or went out.</p>" in page.text
    assert 'What should be true: <span lang="en">Every call has a direction.</span>' in page.text
    assert "<ins>inbound</ins>" in page.text
    assert "&lt;b&gt;Ünal &amp; Söhne&lt;/b&gt; \u202e\U0001f600" in page.text
    assert "You work on this now." in claimed.text
    assert "Approved: the values are written." in approved.text
    assert "inbound" == now
    assert "Taken back" in taken_back.text
    assert None is direction(opted, item)
    assert [("ann",)] == worlds.execute(opted.engine, "SELECT DISTINCT actor FROM consistency_corrections")
    said = caplog.text + str(listed.url) + str(approved.url)
    assert "4915112345678" not in said
    assert "Söhne" not in said


def test_two_people_on_one_item(visit: Visit, opted: Runtime) -> None:
    """Who comes second is told who has it, by whatever form, and changes nothing."""
    item = ask(opted)
    form = {"token": visit.token(f"/default/items/{item.id}"), "shown": item.token, "reason": "known", "days": "1"}
    decisions.claim(opted, item.id, BOB)

    for action in ("claim", "approve", "edit", "dismiss", "snooze", "release"):
        answer = visit.post(f"/default/items/{item.id}/{action}", form)

        assert (409, True) == (answer.status_code, "bob works on this." in answer.text), action
    assert None is direction(opted, item)


def test_the_values_shown_are_the_values_applied(visit: Visit, opted: Runtime) -> None:
    """A row that changed under the page is not written; the page then shows how it stands now."""
    item = ask(opted)
    form = {"token": visit.token(f"/default/items/{item.id}"), "shown": item.token}
    worlds.execute(opted.engine, "UPDATE calls SET direction = 'sideways' WHERE id = :id", id=item.entity_id)

    answer = visit.post(f"/default/items/{item.id}/approve", form)

    assert (409, "sideways") == (answer.status_code, direction(opted, item))
    assert "has changed since it was shown" in answer.text
    assert "sideways</td>" in answer.text
    assert "Approved" in visit.act(item.id, "approve").text
    assert "inbound" == direction(opted, item)


def test_other_values_may_be_written(visit: Visit, opted: Runtime) -> None:
    """Of the columns that the correction writes; what would still be wrong is refused in words."""
    item = ask(opted)

    wrong = visit.act(item.id, "edit", **{"edit:direction": "sideways"})
    foreign = visit.act(item.id, "edit", **{"edit:summary": "x"})
    right = visit.act(item.id, "edit", **{"edit:direction": "outbound"})

    assert (409, 409, 200) == (wrong.status_code, foreign.status_code, right.status_code)
    assert "would still violate" in wrong.text
    assert ("outbound", "edited") == (direction(opted, item), decisions.look(opted, item.id, ANN).decision)


def test_what_is_put_off_noted_given_back_and_closed(visit: Visit, opted: Runtime) -> None:
    """Each by its form, each told; a reason that is not on the list is none."""
    item = ask(opted)

    said = [
        visit.act(item.id, "note", note="as the caller said <i>").text,
        visit.act(item.id, "claim").text,
        visit.act(item.id, "release").text,
        visit.act(item.id, "snooze", days="3").text,
        visit.act(item.id, "refresh").text,
    ]
    none = visit.act(item.id, "dismiss", reason="because")
    assign = visit.act(item.id, "assign", owner="bob")
    snoozed = visit.get("/default/items").text, visit.get("/default/items?state=snoozed").text
    closed = visit.act(item.id, "dismiss", reason="known")

    words = ("Noted.", "You work on this now.", "Given back.", "Put off.", "These are the values")
    assert all(word in text for word, text in zip(words, said, strict=True))
    assert "as the caller said &lt;i&gt;" in said[0]
    assert (409, 409) == (none.status_code, assign.status_code)
    assert "takes the role admin" in assign.text
    assert ("Nothing waits here." in snoozed[0], "1 item" in snoozed[1]) == (True, True)
    assert "Closed without a change." in closed.text
    visit.house.person = ADMIN
    other = ask(opted)
    assert "Assigned." in visit.act(other.id, "assign", owner="bob").text
    assert f"Item {item.id}<" in visit.get("/default/items?state=decided").text


def test_several_items_at_once_take_their_number(visit: Visit, opted: Runtime) -> None:
    """Shown again with their values; done only when the number is typed; each is told apart."""
    items = [ask(opted) for _ in range(3)]
    decisions.claim(opted, items[0].id, BOB)
    form: dict[str, object] = {
        "token": visit.token("/default/items"),
        "item": [f"{item.id}:{item.token}" for item in items],
        "action": "approve",
    }

    asked = visit.post("/default/bulk", form)
    wrong = visit.post("/default/bulk", {**form, "count": "2"})
    untouched = [direction(opted, item) for item in items]
    done = visit.post("/default/bulk", {**form, "count": "3"})

    assert (200, 409, 200) == (asked.status_code, wrong.status_code, done.status_code)
    assert "Type 3 to confirm" in asked.text
    assert [None, None, None] == untouched
    assert [None, "inbound", "inbound"] == [direction(opted, item) for item in items]
    assert "2 of 3 done." in done.text
    assert "in_progress by bob" in done.text


def test_a_database_that_is_away_is_told_in_words(visit: Visit) -> None:
    """No trace of the code, no address; reading and deciding alike."""
    visit.house.runtimes = {"default": worlds.runtime("mysql+pymysql://x:hidden@127.0.0.1:9/gone")}
    token = _token(visit)
    answers = [
        visit.get("/default/items"),
        visit.get("/default/items/1"),
        visit.post("/default/items/1/approve", {"token": token, "shown": "x"}),
    ]

    assert [503, 503, 503] == [answer.status_code for answer in answers]
    assert all("does not answer" in answer.text for answer in answers)
    assert not any(word in answer.text for answer in answers for word in ("Traceback", "hidden", "pymysql"))


def test_a_form_that_is_none_is_refused(visit: Visit) -> None:
    """Too long, too many fields, no form, bytes that are no text."""
    client = visit._client
    kind = {"origin": HOST, "content-type": "application/x-www-form-urlencoded"}

    answers = [
        client.post("/default/bulk", content=b"a=" + b"x" * 70_000, headers=kind),
        client.post("/default/bulk", content=b"&".join(b"a=1" for _ in range(500)), headers=kind),
        client.post("/default/bulk", content=b"a=\xff\xfe", headers=kind),
        client.post("/default/bulk", json={"a": 1}, headers={"origin": HOST}),
    ]

    assert [413, 400, 400, 415] == [answer.status_code for answer in answers]


def test_a_plan_that_waits_is_approved_by_who_may(visit: Visit, opted: Runtime) -> None:
    """Its rows are shown before and after; a reviewer is refused, an administrator approves, once."""
    rt = worlds.runtime(opted.engine.url.render_as_string(hide_password=False), MAX_CORRECTIONS="2")
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(4)]
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1", kind="full")
    pipeline.correct_table(rt, table="calls", run_id="r1", actor="test", rule_id=RULE)
    (incident,) = decisions.list_incidents(rt)
    visit.house.runtimes = {"default": rt}
    path = f"/default/incidents/{incident.id}"
    form = {"token": _token(visit)}

    listed, shown = visit.get("/default/incidents").text, visit.get(path).text
    refused = visit.post(f"{path}/approve", form)
    visit.house.person = ADMIN
    approved = visit.post(f"{path}/approve", {"token": _token(visit)})
    again = visit.post(f"{path}/approve", {"token": _token(visit)})

    assert f"Incident {incident.id}" in listed
    assert all(str(call) in shown for call in calls)
    assert (409, 200, 409) == (refused.status_code, approved.status_code, again.status_code)
    assert "takes the role admin" in refused.text
    assert "the next run writes these rows" in approved.text
    rt.engine.dispose()


def _token(visit: Visit) -> str:
    assert visit.house.person is not None
    return token_of(visit.house, Visitor(person=visit.house.person, session=visit.house.session))


def test_what_belongs_together_stands_side_by_side(visit: Visit, opted: Runtime) -> None:
    """A call and its appointment disagree on the customer: both are shown, and what differs is marked in words."""
    one, two = worlds.add_customer(opted.engine), worlds.add_customer(opted.engine)
    item = ask(opted, customer_id=one, customer_link_status="linked")
    worlds.add_appointment(opted.engine, call_id=item.entity_id, customer_id=two)

    page = visit.get(f"/default/items/{item.id}").text

    marked = re.findall(r'<div class="differs"><dt>([^<]+)</dt>', page)
    assert {"Customer"} <= set(marked)
    assert f"Call {item.entity_id}" in page
