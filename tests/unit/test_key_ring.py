"""The ring of keys where the database hangs or fails: one waits for it, nobody waits for that one."""

import threading

import pytest

from data_consistency.errors import DatabaseUnavailable
from data_consistency.ledger.api_keys import ApiKey, hash_of
from data_consistency.web.keys import FRESH_SECONDS, PAUSE_SECONDS, STALE_SECONDS, KeyRing
from data_consistency.web.problems import Problem
from tests.patience import PATIENCE

_KEY = ApiKey(company_id=1, key_hash=hash_of("secret"), name="k")
_HEADER = "Bearer secret"


class _Database:
    """Hands the key out, hangs or fails, as it is told."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False
        self.hangs = threading.Event()
        self.hangs.set()
        self.begun = threading.Event()
        self.time = 0.0

    def load(self) -> tuple[ApiKey, ...]:
        self.asked += 1
        self.begun.set()
        assert self.hangs.wait(PATIENCE)
        if self.fails:
            raise DatabaseUnavailable("away")
        return (_KEY,)


@pytest.fixture
def database() -> _Database:
    """One that answers."""
    return _Database()


@pytest.fixture
def ring(database: _Database) -> KeyRing:
    """A ring on it, with a clock that stands still."""
    return KeyRing(database.load, clock=lambda: database.time)


def test_nobody_waits_for_the_one_that_asks(database: _Database, ring: KeyRing) -> None:
    """The database hangs: who comes meanwhile goes on with the keys known before."""
    ring.company_of(_HEADER)
    database.time += FRESH_SECONDS + 1
    database.hangs.clear()
    database.begun.clear()
    first = threading.Thread(target=ring.company_of, args=(_HEADER,))
    first.start()
    assert database.begun.wait(PATIENCE)

    found = ring.company_of(_HEADER)

    database.hangs.set()
    first.join()
    assert (_KEY, 2) == (found, database.asked)


def test_a_database_that_fails_is_asked_again_after_a_pause(database: _Database, ring: KeyRing) -> None:
    """Not by every request; known keys open until they are too old."""
    ring.company_of(_HEADER)
    database.fails = True
    database.time += FRESH_SECONDS + 1

    assert [_KEY, _KEY] == [ring.company_of(_HEADER) for _ in range(2)]
    assert 2 == database.asked
    database.time += PAUSE_SECONDS + 0.1
    assert _KEY == ring.company_of(_HEADER)
    assert 3 == database.asked
    database.time += STALE_SECONDS
    with pytest.raises(Problem, match="cannot be looked up"):
        ring.company_of(_HEADER)


def test_without_any_keys_nobody_comes_in(database: _Database, ring: KeyRing) -> None:
    """Until they could be read once."""
    database.fails = True

    for _ in range(2):
        with pytest.raises(Problem, match="cannot be looked up"):
            ring.company_of(_HEADER)
    database.fails = False
    database.time += PAUSE_SECONDS + 0.1

    assert _KEY == ring.company_of(_HEADER)
    assert 2 == database.asked
