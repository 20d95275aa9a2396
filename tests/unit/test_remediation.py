"""What is done about findings: pure decisions."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from data_consistency.correct.plan import cap_for, plan
from data_consistency.rules import Mode, Rule, Severity
from data_consistency.rules.outcomes import Candidate
from data_consistency.sources import Caps

_NOW = datetime(2026, 3, 1, 12)


def _rule(min_age_minutes: int | None = None, max_corrections: int | None = None) -> Rule:
    return Rule(
        id="r",
        table="calls",
        catalogue="K-01",
        severity=Severity.WARNING,
        mode=Mode.CORRECT,
        description="d",
        condition="TRUE",
        correction="c",
        min_age_minutes=min_age_minutes,
        max_corrections=max_corrections,
        priority=5,
        review_hint="",
    )


_CANDIDATES = st.lists(
    st.builds(
        Candidate,
        entity_id=st.integers(1, 10_000),
        company_id=st.one_of(st.none(), st.integers(1, 3)),
        changed_at=st.one_of(st.none(), st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 4, 1))),
        recent_corrections=st.integers(0, 3),
    ),
    unique_by=lambda candidate: candidate.entity_id,
    max_size=60,
)


@given(candidates=_CANDIDATES, rows_checked=st.one_of(st.none(), st.integers(0, 5000)), approved=st.integers(0, 60))
def test_every_candidate_has_one_fate_and_the_cap_holds(
    candidates: list[Candidate], rows_checked: int | None, approved: int
) -> None:
    """Nobody is lost or handled twice, and never more rows are corrected than cap or person allow."""
    caps = Caps()

    decided = plan(
        _rule(), candidates, now=_NOW, caps=caps, rows_checked=rows_checked, opted_out=frozenset({3}), approved=approved
    )

    fates = [*decided.correct, *decided.waiting, *decided.oscillating, *decided.opted_out]
    assert len(fates) == len(set(fates))
    assert len(decided.correct) <= max(cap_for(_rule(), caps, rows_checked), approved)
    by_id = {candidate.entity_id: candidate for candidate in candidates}
    for entity_id in decided.correct:
        assert by_id[entity_id].company_id != 3
        changed_at = by_id[entity_id].changed_at
        assert changed_at is not None
        assert changed_at <= _NOW - timedelta(minutes=caps.min_age_minutes)
    stopped = 0 if decided.incident is None else decided.incident.found
    assert len(candidates) == len(fates) + stopped
    assert not (decided.correct and decided.incident)


def test_the_cap_is_the_smaller_of_rows_and_share() -> None:
    """A share of a handful of rows says nothing and is not looked at; one row is always allowed."""
    caps = Caps()

    assert 25 == cap_for(_rule(), caps, None)
    assert 25 == cap_for(_rule(), caps, 99)
    assert 8 == cap_for(_rule(), caps, 173)
    assert 25 == cap_for(_rule(), caps, 1_000_000)
    assert 3 == cap_for(_rule(max_corrections=3), caps, 1_000_000)
    assert 1 == cap_for(_rule(), Caps(max_ratio=0.001), 100)


def test_a_rule_may_ask_for_more_age_than_the_setting() -> None:
    """A phantom booking waits a day, a direction not at all."""
    young = Candidate(entity_id=1, company_id=1, changed_at=_NOW - timedelta(hours=2), recent_corrections=0)

    def fate(min_age_minutes: int | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
        decided = plan(_rule(min_age_minutes), [young], now=_NOW, caps=Caps(), rows_checked=None, opted_out=frozenset())
        return decided.correct, decided.waiting

    assert ((1,), ()) == fate(None)
    assert ((), (1,)) == fate(1440)
    assert ((1,), ()) == fate(0)
