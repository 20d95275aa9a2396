"""The life of an alert, step by step, on a clock of the test's own."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_consistency.alerts.blocks import What
from data_consistency.alerts.life import Life, Policy, Seen, acknowledged, closed, settle_time, snoozed, step
from data_consistency.rules import Severity

_START = datetime(2026, 10, 20)
_POLICY = Policy()
_ESCALATING = Policy(escalate_after=timedelta(minutes=30))


class Watch:
    """Steps a life every five minutes and keeps what was told, with its minute."""

    def __init__(self, policy: Policy = _POLICY) -> None:
        self.life = Life()
        self.policy = policy
        self.minute = 0
        self.told: list[tuple[int, str]] = []

    @property
    def now(self) -> datetime:
        """The clock."""
        return _START + timedelta(minutes=self.minute)

    def see(
        self, *rows: int, muted: bool = False, newest: datetime | None = None, severity: str = "critical"
    ) -> "Watch":
        """One step each."""
        for count in rows:
            seen = Seen(rows=count, severity=Severity(severity), newest=newest)
            self.life, what = step(self.life, seen, self.now, self.policy, muted=muted)
            if what is not None:
                self.told.append((self.minute, what.value))
            self.minute += 5
        return self


def test_an_alert_is_told_once_and_resolved_once() -> None:
    """However often it is seen; it is over when nothing of it was seen for half an hour, and as of when it went."""
    watch = Watch().see(*[1] * 12, *[0] * 12)

    assert [(0, "opened"), (90, "resolved")] == watch.told
    assert (None, _START + timedelta(minutes=60), _START) == (
        watch.life.opened_at,
        watch.life.closed_at,
        watch.life.last_opened_at,
    )


def test_nothing_is_told_of_nothing() -> None:
    """A quiet day is quiet."""
    assert [] == Watch().see(*[0] * 288).told


def test_what_flaps_is_told_twice_in_a_day() -> None:
    """A row that comes and goes every five minutes for five hours opens once and is over once."""
    watch = Watch().see(*[1, 0] * 30, *[0] * 228)

    assert [(0, "opened"), (325, "resolved")] == watch.told


def test_what_comes_back_within_a_day_waits_longer_each_time() -> None:
    """An hour on, an hour off: the while that it must be gone grows until it outlasts the gaps."""
    watch = Watch().see(*([1] * 12 + [0] * 12) * 12)

    assert [(0, "opened"), (90, "resolved"), (120, "opened")] == watch.told
    assert timedelta(hours=1) == settle_time(watch.life, _POLICY)
    assert timedelta(hours=6) == settle_time(Life(returns=99), _POLICY)


def test_a_return_after_a_day_is_a_new_alert() -> None:
    """It is as patient as the first time."""
    watch = Watch().see(1, *[0] * 300, 1)

    assert ["opened", "resolved", "opened"] == [what for _, what in watch.told]
    assert 0 == watch.life.returns


def test_a_flood_is_told_again_when_it_is_ten_times_what_people_knew() -> None:
    """Not before an hour has passed, and then from what they were told last."""
    watch = Watch().see(*[10 * (n + 1) for n in range(40)])

    assert [(0, "opened"), (60, "worsened")] == watch.told
    assert [(0, "opened"), (60, "worsened"), (200, "worsened")] == watch.see(1300).told


def test_rows_never_seen_before_are_told_later_and_later() -> None:
    """One more each half hour for a day, unanswered: after 4, 8 and 16 hours more."""
    watch = Watch()
    for n in range(288):
        watch.see(1 + n // 6, newest=watch.now)

    assert [(0, "opened"), (240, "worsened"), (720, "worsened")] == watch.told


def test_a_row_that_only_comes_back_is_no_news() -> None:
    """It was known: a flap of hours does not read as growth."""
    assert [(0, "opened")] == Watch().see(*[1] * 200, newest=_START).told


def test_an_answer_ends_the_calls_until_it_really_grows() -> None:
    """Who has taken it on knows of new rows; ten times as many as at that moment are news to them too."""
    watch = Watch(_ESCALATING).see(278)
    watch.minute = 20
    watch.see(1390)
    watch.life = acknowledged(watch.life, watch.now)
    for n in range(36):
        watch.see(1390 + 239 * n, newest=watch.now)

    assert [(0, "opened")] == watch.told
    assert (watch.minute, "worsened") == watch.see(13_900).told[-1:][0]


def test_a_worse_severity_is_told_whoever_has_answered() -> None:
    """It is not what they took on."""
    watch = Watch().see(3, severity="warning")
    watch.life = acknowledged(watch.life, watch.now)

    assert [(0, "opened"), (5, "worsened")] == watch.see(3).told


def test_nobody_answers_and_others_are_called_once() -> None:
    """After the time that the route says."""
    assert [(0, "opened"), (30, "escalated")] == Watch(_ESCALATING).see(*[1] * 30).told


def test_what_is_quiet_is_not_escalated() -> None:
    """It may be over: nobody is called out of bed for it."""
    assert [(0, "opened"), (50, "resolved")] == Watch(_ESCALATING).see(1, 1, 1, 1, *[0] * 10).told


def test_a_snooze_is_silent_and_ends_with_a_word() -> None:
    """What lasts is told when it is over; what is gone by then is resolved as ever."""
    lasting, gone = Watch().see(1), Watch().see(1)
    for watch in (lasting, gone):
        watch.life = snoozed(watch.life, _START + timedelta(hours=2))

    lasting.see(*[100] * 30)
    gone.see(*[0] * 30)

    assert [(0, "opened"), (120, "worsened")] == lasting.told
    assert [(0, "opened"), (35, "resolved")] == gone.told


@pytest.mark.parametrize("rows", [1, 0])
def test_a_maintenance_window_tells_nothing_and_loses_nothing(rows: int) -> None:
    """What began before and ends within is resolved after it; what began within and lasts is opened after it."""
    before = Watch().see(1)
    before.see(*[0] * 20, muted=True)
    within = Watch().see(*[1] * 20, muted=True)

    assert [(0, "opened")] == before.told
    assert [] == within.told
    assert ["opened", "resolved"] == [what for _, what in before.see(0).told]
    assert ([(100, "opened")] if rows else []) == within.see(rows).told


def test_who_was_not_told_of_the_beginning_is_not_told_of_the_end() -> None:
    """What came and went within a maintenance window is no mail at all."""
    watch = Watch().see(*[1] * 5, muted=True).see(*[0] * 20)

    assert [] == watch.told
    assert not watch.life.is_open


def test_what_a_person_closes_opens_anew_when_it_is_seen_again() -> None:
    """Of what nobody looks at any more."""
    watch = Watch().see(1)
    watch.life = closed(watch.life, watch.now)

    assert [(0, "opened"), (5, "opened")] == watch.see(1).told
    assert Life() == closed(Life(), _START)


def test_a_step_reads_no_clock_and_keeps_no_state() -> None:
    """The same question has the same answer."""
    life = Life(opened_at=_START, rows=1, told_at=_START, known_at=_START, known_rows=1)
    asked = [step(life, Seen(rows=10), _START + timedelta(hours=1), _POLICY) for _ in range(2)]

    assert asked[0] == asked[1]
    assert What.WORSENED is asked[0][1]


_STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 1, 5, 700, 10_000]), st.booleans(), st.sampled_from(["", "", "", "ack", "snooze"])
    ),
    max_size=150,
)


@settings(deadline=None)
@given(days=_STEPS)
def test_whatever_happens_every_beginning_has_its_end(days: Sequence[tuple[int, bool, str]]) -> None:
    """Opened and resolved alternate; nothing is told between lives; a day of steps never floods anybody."""
    watch = Watch(_ESCALATING)
    for rows, muted, answer in days:
        watch.see(rows, muted=muted, newest=watch.now)
        if watch.life.is_open and answer == "ack":
            watch.life = acknowledged(watch.life, watch.now)
        if watch.life.is_open and answer == "snooze":
            watch.life = snoozed(watch.life, watch.now + timedelta(hours=1))
    watch.see(*[0] * 100)

    ends = [what for _, what in watch.told if what in {"opened", "resolved"}]
    assert ["opened", "resolved"] * (len(ends) // 2) == ends
    assert not watch.life.is_open
    inside = False
    for _, what in watch.told:
        inside = {"opened": True, "resolved": False}.get(what, inside)
        assert inside or what == "resolved"
