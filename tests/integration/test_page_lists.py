"""Lists of the pages: what they are about, in which order, whose, and what they cost."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger import queue_pages
from data_consistency.ledger.queue_pages import Place, Wanted
from data_consistency.review.viewers import Viewer
from data_consistency.runtime import Runtime
from tests import worlds
from tests.pages import Visit
from tests.people import ANN
from tests.questions import RULE, ask


@pytest.mark.every_server
def test_a_list_is_filtered_and_paged_by_what_presses(visit: Visit, opted: Runtime) -> None:
    """The next appointment first; each filter alone; page after page without a gap; a forged place is refused."""
    far, near, none = ask(opted), ask(opted), ask(opted, company_id=2, phone_number_id=None)
    for item, hours in ((far, 50), (near, 2)):
        worlds.execute(
            opted.engine,
            "UPDATE manual_review_queue SET due_at = UTC_TIMESTAMP(6) + INTERVAL :hours HOUR WHERE id = :id",
            hours=hours,
            id=item.id,
        )
    worlds.execute(
        opted.engine,
        "INSERT INTO manual_review_queue (company_id, entity_type, entity_id, reason, priority, fingerprint,"
        " created_at, updated_at, context) SELECT 1, 'call', 1000000 + seq, 'gone', 5, CONCAT('f', seq),"
        f" UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), '{{}}' FROM {worlds.series(1, 120)}",
    )

    def ids(path: str) -> list[int]:
        return [
            int(found) for found in re.findall(r'<td class="id"><a href="/default/items/(\d+)"', visit.get(path).text)
        ]

    assert [near.id, far.id, none.id] == ids("/default/items")[:3]
    assert [none.id] == ids("/default/items?company=2")
    assert [near.id, far.id, none.id] == ids(f"/default/items?rule={RULE}")
    assert [near.id, far.id, none.id] == ids("/default/items?q=HAS+direction")
    assert [far.id] == ids(f"/default/items?q={far.entity_id}")
    assert [] == ids("/default/items?assignee=bob")
    worlds.execute(
        opted.engine,
        "UPDATE manual_review_queue SET created_at = created_at - INTERVAL 80 HOUR WHERE id = :id",
        id=far.id,
    )
    assert ([far.id], []) == (ids("/default/items?older=3"), ids("/default/items?older=7"))
    assert [far.id] == ids("/default/items?older=1&state=open")
    assert [] == ids("/default/items?older=3&state=decided")
    assert ids("/default/items") == ids("/default/items?older=2"), "no such choice"
    seen, path = [], "/default/items"
    while path:
        page = visit.get(path).text
        seen += ids(path)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    assert (123, 123) == (len(seen), len(set(seen)))
    assert "C2 (2)" in page
    for forged in ("x", "W10", "WzEsMiwzLDRd", "AAAA"):
        assert 404 == visit.get(f"/default/items?after={forged}").status_code


def test_several_databases_are_chosen_from(visit: Visit, opted: Runtime) -> None:
    """One list each; a database that is not there is not found, and the door is asked about the one that is meant."""
    visit.house.runtimes = {"shop": opted, "clinic": opted}

    choice = visit.get("/").text
    visit.house.asked.clear()
    answers = visit.get("/shop/items"), visit.get("/other/items")

    assert 'href="/shop/items"' in choice
    assert 'href="/clinic/items"' in choice
    assert 2 == choice.count('<ul class="waits">'), "what waits in each is said"
    assert (200, 404) == (answers[0].status_code, answers[1].status_code)
    assert ["shop", None] == visit.house.asked


def test_a_choice_names_what_is_away_and_what_is_seen_in_part(visit: Visit, opted: Runtime) -> None:
    """A database that does not answer is told as such; figures of all companies are for who sees all companies."""
    gone = worlds.runtime("mysql+pymysql://x:hidden@127.0.0.1:9/gone")
    visit.house.runtimes = {"shop": opted, "gone": gone}
    whole = visit.get("/").text
    visit.house.person = Viewer(name="ann", role=ANN.role, companies=frozenset())
    part = visit.get("/").text

    assert 1 == whole.count("The database does not answer.")
    assert 1 == whole.count('<ul class="waits">')
    assert "hidden" not in whole
    assert ('href="/shop/items"' in part, "waits" in part, "/shop/state" in part) == (True, False, False)


def test_other_companies_are_not_there(visit: Visit, opted: Runtime) -> None:
    """For who sees one company alone, an item of another is not found, and is in no list."""
    item = ask(opted, company_id=2, phone_number_id=None)
    visit.house.person = Viewer(name="ann", role=ANN.role, companies=frozenset({1}))

    answers = [
        visit.get(f"/default/items/{item.id}"),
        visit.get("/default/items/999999"),
        visit.get("/default/items/x"),
    ]

    assert [404, 404, 404] == [answer.status_code for answer in answers]
    assert "Nothing waits here." in visit.get("/default/items").text
    assert "C2" not in visit.get("/default/items").text


@pytest.mark.every_server
def test_a_hundred_thousand_items_are_listed_through_an_index(opted: Runtime) -> None:
    """Any page without a filter reads an index in its order, a page's worth of it; with one, what the filter finds."""
    _fill(opted)
    now = opted.now()
    with opted.transaction() as connection:
        first = queue_pages.page(connection, Wanted(), now=now, after=Place(), limit=50)
        deep = queue_pages.page(connection, Wanted(), now=now, after=Place(**_deep(connection)), limit=50)
        for place in (queue_pages.place_of(first[-1]), queue_pages.place_of(deep[-1])):
            params = {
                **queue_pages._chosen(Wanted(), now),
                **{"due_at": place.due_at, "priority": place.priority, "created_at": place.created_at},
                **{"item_id": place.item_id, "limit": 50},
            }
            before = _reads(connection)
            list(sql.run(connection, "page_of_items", **params))
            read = _reads(connection) - before
            plan = sql.execute(
                connection, "EXPLAIN FORMAT=TRADITIONAL " + sql.query(opted.project, "page_of_items"), params
            ).mappings()
            used = [(row["key"], row["Extra"] or "") for row in plan if row["table"] == "manual_review_queue"]
            assert ["manual_review_queue_urgency"] == [key for key, _ in used]
            assert not any("filesort" in extra for _, extra in used)
            assert read < 1000, "of a hundred thousand"
        count = connection.execute(text("SELECT COUNT(*) FROM manual_review_queue")).scalar_one()
    assert (50, 50, 100_000) == (len(first), len(deep), count)
    for wanted, items in _HANDFULS.items():
        _reads_what_it_finds(opted, wanted, items)


# What a filter finds among them.
_HANDFULS = {
    Wanted(rules=("rare",)): 5,
    Wanted(rules=("rare", "gone", "gone_too")): 5,
    Wanted(rules=("gone",)): 0,
    Wanted(entity_id=77_777): 1,
    Wanted(assignee="bob"): 0,
    Wanted(rules=("rare",), company_id=8): 5,
}


def _reads_what_it_finds(rt: Runtime, wanted: Wanted, items: int) -> None:
    """A handful among a hundred thousand costs a handful, listed and counted."""
    now = rt.now()
    with rt.transaction() as connection:
        before = _reads(connection)
        found = queue_pages.page(connection, wanted, now=now, after=Place(), limit=51)
        counted = sum(queue_pages.count(connection, wanted, now=now).values())
        read = _reads(connection) - before
    assert (items, items) == (len(found), counted), wanted
    assert read < 1000, f"{wanted}: of a hundred thousand"


def _fill(opted: Runtime) -> None:
    """A hundred thousand open items of thirty rules and fifty companies; five are of one rule more."""
    worlds.execute(
        opted.engine,
        "INSERT INTO manual_review_queue (company_id, entity_type, entity_id, reason, priority, fingerprint,"
        " created_at, updated_at, context) SELECT 1 + seq % 50, 'call', seq,"
        " IF(seq % 20000 = 7, 'rare', CONCAT('rule_', seq % 30)), 1 + seq % 5, CONCAT('f', seq), UTC_TIMESTAMP(6),"
        f" UTC_TIMESTAMP(6), '{{}}' FROM {worlds.series(1, 100_000)}",
    )
    worlds.execute(opted.engine, "ANALYZE TABLE manual_review_queue")


def _deep(connection: Connection) -> dict[str, object]:
    row = (
        connection.execute(
            text(
                "SELECT due_at, priority, created_at, id AS item_id FROM manual_review_queue"
                " ORDER BY due_at, priority, created_at, id LIMIT 1 OFFSET 70000"
            )
        )
        .mappings()
        .one()
    )
    return dict(row)


def _reads(connection: Connection) -> int:
    rows = connection.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
    return sum(int(value) for _, value in rows)
