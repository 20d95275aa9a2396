"""What the outbox stores is the whole message; what cannot be read is said to be, and nothing else happens."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_consistency.alerts.blocks import Message, What
from data_consistency.alerts.codec import from_body, to_body
from data_consistency.rules import Severity
from tests.alert_messages import AT, MESSAGES


def _read(body: str) -> Message:
    return from_body(body, severity="critical", subject="s", key="k", at=AT)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_survives_the_outbox(name: str) -> None:
    """Every block of it."""
    assert MESSAGES[name] == _read(to_body(MESSAGES[name]))


def test_a_message_of_before_is_read_as_a_note() -> None:
    """What waited in the outbox over an update is delivered."""
    body = json.dumps(
        {"lines": ["3 new findings.", "ids: 1"], "links": [{"text": "Airflow", "url": "https://a.example"}]}
    )

    note = _read(body)

    assert (What.NOTE, Severity.CRITICAL, "s", "k") == (note.what, note.severity, note.subject, note.key)
    assert ("3 new findings.", "ids: 1", "Airflow: https://a.example") == note.lines


def test_what_a_later_version_added_is_left_out() -> None:
    """A message written by a newer task is delivered by an older one."""
    parts = json.loads(to_body(MESSAGES["opened"]))
    parts["message"]["colour"] = "green"
    parts["message"]["troubles"][0]["mood"] = 1

    assert MESSAGES["opened"] == _read(json.dumps(parts))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        "7",
        "{",
        '{"format": 2}',
        '{"format": 9, "message": {}}',
        '{"format": 2, "message": []}',
        '{"format": 2, "message": {"what": "opened"}}',
        '{"lines": 3, "links": []}',
        '{"lines": [], "links": [{}]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_message_is_refused(body: str) -> None:
    """By one error, whatever is wrong with it."""
    with pytest.raises(ValueError):
        _read(body)


@settings(deadline=None)
@given(
    path=st.lists(st.integers(0, 40), min_size=1, max_size=4), value=st.sampled_from([None, 1, "x", True, [], {}, 1.5])
)
def test_a_message_with_a_wrong_part_is_refused_or_whole(path: list[int], value: object) -> None:
    """Nobody gets half a message; a hand-edited row raises nothing but that it cannot be read."""
    parts = json.loads(to_body(MESSAGES["flood"]))
    place: object = parts["message"]
    for step in path[:-1]:
        keys = list(place) if isinstance(place, dict) else list(range(len(place))) if isinstance(place, list) else []
        if keys:
            place = place[keys[step % len(keys)]]  # type: ignore[index]
    if isinstance(place, dict) and place:
        place[list(place)[path[-1] % len(place)]] = value
    try:
        found = _read(json.dumps(parts))
    except ValueError:
        return

    assert isinstance(found, Message)
    assert found == _read(to_body(found))
