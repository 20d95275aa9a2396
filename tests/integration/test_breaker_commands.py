"""What operators see of the breakers, and tell them."""

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

from data_consistency.breaker.breakers import Breakers
from data_consistency.cli import build_app
from data_consistency.errors import WrongUse
from data_consistency.runtime import Runtime
from tests.breakers import FAST, PATIENT, answer, breakers_of, row, try_call

_KEY = "calcom:company:1"


@pytest.fixture
def breakers(rt: Runtime) -> Iterator[Breakers]:
    """The breakers of this process."""
    with breakers_of(rt) as made:
        yield made


def _run(rt: Runtime, *arguments: str) -> Result:
    environment = {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}
    return CliRunner().invoke(build_app(), ["breaker", *arguments], env=environment)


def test_nobody_has_used_one(rt: Runtime) -> None:
    """Said in words."""
    assert "no breaker has been used" == _run(rt, "list").output.strip()
    assert isinstance(_run(rt, "show", "nothing").exception, WrongUse)
    assert isinstance(_run(rt, "open", "nothing", "--reason", "r").exception, WrongUse)


def test_what_happened_is_listed_and_shown(rt: Runtime, breakers: Breakers) -> None:
    """With the newest transitions."""
    for _ in range(4):
        try_call(breakers.of("calcom", 1, PATIENT))
    breakers.log.flush()

    listed = _run(rt, "list").output
    shown = _run(rt, "show", _KEY).output
    document = json.loads(_run(rt, "show", _KEY, "--json").output)

    assert _KEY in listed
    assert "open" in listed
    assert "closed -> open" in shown
    assert "3 failures in a row; the last: Broken" in shown
    assert "open" == document["breaker"]["current_state"]
    assert 1 == document["breaker"]["fast_fails"]


@pytest.mark.parametrize(
    ("command", "call", "became", "state"),
    [
        ("open", answer, "CircuitOpen", "open"),
        ("disable", None, "Broken", "closed"),
        ("metrics-only", None, "Broken", "closed"),
    ],
)
def test_an_operator_decides_with_a_reason(
    rt: Runtime, breakers: Breakers, command: str, call: object, became: str, state: str
) -> None:
    """Every process follows; whatever happens, the state stays until it is reset."""
    breaker = breakers.of("calcom", 1, FAST)
    told = _run(rt, command, _KEY, "--reason", "maintenance of the calendar", "--new")
    assert 0 == told.exit_code, told.output

    answers = [try_call(breaker, call) if call else try_call(breaker) for _ in range(5)]

    assert [became] * 5 == answers
    stored = row(rt)
    assert (state, "maintenance of the calendar") == (stored["current_state"], stored["mode_reason"])
    assert str(stored["mode_actor"]).startswith("cli:")
    assert "maintenance of the calendar" in _run(rt, "show", _KEY).output
    assert 0 == _run(rt, "reset", _KEY, "--reason", "it is over").exit_code
    assert ("closed", "automatic", 0) == tuple(row(rt)[name] for name in ("current_state", "mode", "failure_count"))


@pytest.mark.parametrize("reason", [[], ["--reason", "  "]])
def test_without_a_reason_nothing_is_told(rt: Runtime, breakers: Breakers, reason: list[str]) -> None:
    """The next on call would not know."""
    try_call(breakers.of("calcom", 1, FAST))

    told = _run(rt, "open", _KEY, *reason)

    assert 0 != told.exit_code
    assert "automatic" == row(rt)["mode"]
