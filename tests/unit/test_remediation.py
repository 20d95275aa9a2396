"""What is done about findings: pure decisions."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from data_consistency.correct.caps import Covered, Usage, exceeded, limits_of
from data_consistency.correct.plan import plan
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
        found_by=st.sampled_from([None, "check", "gone"]),
        rejected_at=st.one_of(st.none(), st.datetimes(min_value=datetime(2026, 2, 25), max_value=_NOW)),
        rejected_found=st.integers(0, 60),
    ),
    unique_by=lambda candidate: candidate.entity_id,
    max_size=60,
)


@given(
    candidates=_CANDIDATES,
    covered=st.integers(0, 5000),
    in_run=st.integers(0, 30),
    in_day=st.integers(0, 120),
    changed=st.integers(0, 20),
)
def test_every_candidate_has_one_fate_and_the_caps_hold(
    candidates: list[Candidate], covered: int, in_run: int, in_day: int, changed: int
) -> None:
    """Nobody is lost or handled twice, and never more rows are corrected than the caps of run, day and check leave."""
    caps = Caps()
    usage = Usage(in_run=in_run, in_day=in_day, checks={"check": Covered(rows=covered, changed=changed)})

    decided = plan(_rule(), candidates, now=_NOW, caps=caps, opted_out=frozenset({3}), usage=usage)

    fates = [*decided.correct, *decided.waiting, *decided.oscillating, *decided.opted_out]
    asked = [entity_id for incident in decided.incidents for entity_id in incident.ids]
    assert sorted([*fates, *asked]) == sorted(candidate.entity_id for candidate in candidates)
    by_id = {candidate.entity_id: candidate for candidate in candidates}
    assert len(decided.correct) <= max(0, min(25 - in_run, 100 - in_day))
    of_check = [entity_id for entity_id in decided.correct if by_id[entity_id].found_by == "check"]
    assert covered < 100 or len(of_check) <= max(0, max(1, int(covered * 0.05)) - changed)
    for entity_id in decided.correct:
        assert by_id[entity_id].company_id != 3
        assert by_id[entity_id].rejected_at is None
        changed_at = by_id[entity_id].changed_at
        assert changed_at is not None
        assert changed_at <= _NOW - timedelta(minutes=caps.min_age_minutes)
    companies = [incident.company_id for incident in decided.incidents]
    assert len(companies) == len(set(companies))


def _exceeded(
    rows: int, covered: int | None, max_corrections: int | None = None, caps: Caps | None = None
) -> int | None:
    limits = limits_of(caps or Caps(), max_corrections=max_corrections, min_age_minutes=None)
    checks = {} if covered is None else {"check": Covered(rows=covered, changed=0)}
    return exceeded({"check": rows}, limits, Usage(checks=checks))


def test_the_cap_is_the_smaller_of_rows_and_share() -> None:
    """A share of a handful of rows says nothing and is not looked at; one row is always allowed."""
    assert (None, 25) == (_exceeded(25, None), _exceeded(26, None))
    assert (None, 25) == (_exceeded(25, 99), _exceeded(26, 99))
    assert (None, 8) == (_exceeded(8, 173), _exceeded(9, 173))
    assert 25 == _exceeded(26, 1_000_000)
    assert (None, 3) == (_exceeded(3, 1_000_000, 3), _exceeded(4, 1_000_000, 3))
    assert (None, 1) == (_exceeded(1, 100, caps=Caps(max_ratio=0.001)), _exceeded(2, 100, caps=Caps(max_ratio=0.001)))


def test_a_day_has_a_cap_of_its_own() -> None:
    """Four runs' worth, unless the settings say otherwise; what was changed before counts."""
    limits = limits_of(Caps(), max_corrections=None, min_age_minutes=None)
    own = limits_of(Caps(max_corrections_per_day=30), max_corrections=None, min_age_minutes=None)

    assert (None, 20) == (
        exceeded({None: 20}, limits, Usage(in_day=80)),
        exceeded({None: 21}, limits, Usage(in_day=80)),
    )
    assert 0 == exceeded({None: 1}, limits, Usage(in_day=100))
    assert 5 == exceeded({None: 6}, own, Usage(in_day=25))
    assert 200 == limits_of(Caps(), max_corrections=50, min_age_minutes=None).day


def _candidates(count: int, company: int, first: int = 1, **values: object) -> list[Candidate]:
    return [
        Candidate(
            entity_id=first + n,
            company_id=company,
            changed_at=_NOW - timedelta(days=1),
            recent_corrections=0,
            **values,  # type: ignore[arg-type]
        )
        for n in range(count)
    ]


def test_a_flood_of_one_company_stops_that_company_alone() -> None:
    """The others' rows are corrected all the same; many companies with a few rows each are one question together."""
    flood = plan(_rule(), [*_candidates(26, 1), *_candidates(3, 2, 100)], now=_NOW, caps=Caps(), opted_out=frozenset())
    spread = plan(
        _rule(),
        [candidate for company in range(1, 11) for candidate in _candidates(3, company, company * 100)],
        now=_NOW,
        caps=Caps(),
        opted_out=frozenset(),
    )

    assert [(1, 26, 25)] == [(incident.company_id, incident.found, incident.cap) for incident in flood.incidents]
    assert (100, 101, 102) == flood.correct
    assert [(None, 30, 25)] == [(incident.company_id, incident.found, incident.cap) for incident in spread.incidents]
    assert () == spread.correct


def test_a_person_who_said_no_is_not_outvoted_by_a_smaller_number() -> None:
    """Rows of a rejected plan wait a day, then they are asked about again, however few; growth asks at once."""

    def fate(rows: list[Candidate]) -> tuple[int, int, int]:
        decided = plan(_rule(), rows, now=_NOW, caps=Caps(), opted_out=frozenset())
        return len(decided.correct), len(decided.waiting), sum(incident.found for incident in decided.incidents)

    lately = {"rejected_at": _NOW - timedelta(hours=1), "rejected_found": 26}
    long_ago = {"rejected_at": _NOW - timedelta(hours=25), "rejected_found": 26}
    assert (0, 20, 0) == fate(_candidates(20, 1, **lately))
    assert (0, 0, 20) == fate(_candidates(20, 1, **long_ago))
    assert (0, 0, 28) == fate([*_candidates(26, 1, **lately), *_candidates(2, 1, 100)])
    assert (2, 20, 0) == fate([*_candidates(20, 1, **lately), *_candidates(2, 2, 100)])


def test_a_rule_may_ask_for_more_age_than_the_setting() -> None:
    """A phantom booking waits a day, a direction not at all."""
    young = Candidate(entity_id=1, company_id=1, changed_at=_NOW - timedelta(hours=2), recent_corrections=0)

    def fate(min_age_minutes: int | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
        decided = plan(_rule(min_age_minutes), [young], now=_NOW, caps=Caps(), opted_out=frozenset())
        return decided.correct, decided.waiting

    assert ((1,), ()) == fate(None)
    assert ((), (1,)) == fate(1440)
    assert ((1,), ()) == fate(0)
