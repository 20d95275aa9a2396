"""How often a key may ask: so many a second, and so many at once after a pause."""

import itertools

import pytest

from data_consistency.ledger.api_keys import ApiKey
from data_consistency.web.keys import RateLimit
from data_consistency.web.problems import Problem

_ONE, _OTHER = (ApiKey(company_id=company, key_hash=f"{company}", name="k") for company in (1, 2))


def test_a_bucket_empties_fills_with_time_and_never_beyond_its_size() -> None:
    """Three at once, two more after a second, three after an hour; every key has its own."""
    now = 0.0
    limit = RateLimit(2.0, 3, clock=lambda: now)

    def let_through(key: ApiKey) -> int:
        for count in itertools.count():
            try:
                limit.take(key)
            except Problem:
                return count
        raise AssertionError

    assert (3, 3) == (let_through(_ONE), let_through(_OTHER))
    now += 1
    assert 2 == let_through(_ONE)
    now += 3600
    assert (3, 3) == (let_through(_ONE), let_through(_OTHER))


def test_who_asks_rarely_is_told_how_long_to_wait() -> None:
    """One request in ten seconds: the next is due in ten."""
    limit = RateLimit(0.1, 1, clock=lambda: 0.0)
    limit.take(_ONE)

    with pytest.raises(Problem) as refused:
        limit.take(_ONE)

    assert (429, "10") == (refused.value.status, refused.value.headers["Retry-After"])
