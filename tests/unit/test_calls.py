"""Which call a text names, in every spelling that booking paths were seen to send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency.identity import call_name, is_call_name, name_in_metadata, names_call

_ID = "9f86d081884c7d659a2feaa0c55ad015"
_RETELL = f"call_{_ID}"


@pytest.mark.parametrize(
    "spelled",
    [_RETELL, _RETELL.upper(), f" {_RETELL}\n", f'"{_RETELL}"', _ID, f"call-{_ID}", "4711", 4711, "call_4711"],
)
def test_every_known_spelling_names_the_call(spelled: object) -> None:
    """The provider's id, or our own number, which is a whole number where the server let one in."""
    name = call_name(spelled)

    assert is_call_name(name)
    assert names_call(name, call_id=4711, retell_call_id=_RETELL)
    assert not names_call(name, call_id=4712, retell_call_id="call_0f86d081884c7d659a2feaa0c55ad015")


@pytest.mark.parametrize(
    "nobody",
    [
        None,
        "",
        "  ",
        True,
        1.5,
        ["x"],
        "None",
        "null",
        "call_1",
        "call_001",
        "dummy_call_id",
        "temp_17_ab",
        "a b",
        "\ud800",
    ],
)
def test_what_may_be_anybodys_names_nobody(nobody: object) -> None:
    """A placeholder of the agent, an empty text, half a character: it proves nothing, neither this call nor another."""
    assert not is_call_name(call_name(nobody))


def test_a_call_that_goes_by_a_placeholder_is_still_named_by_it() -> None:
    """Its own row says so; of others it says nothing."""
    assert names_call(call_name("call_1"), call_id=7, retell_call_id="call_1")
    assert not is_call_name("call_1")


def test_a_number_of_the_provider_is_not_taken_for_ours() -> None:
    """Its ids are longer, or begin with a zero."""
    assert "call_00000012" == call_name("call_00000012")
    assert not names_call(call_name("call_00000012"), call_id=12, retell_call_id=_RETELL)


@pytest.mark.parametrize("key", ["call_id", "callId", "CALL-ID", "retell_call_id", "retellCallId"])
def test_the_key_may_be_spelled_as_people_spell_it(key: str) -> None:
    """Another key is another thing."""
    assert _RETELL == name_in_metadata({"other": "x", key: _RETELL})
    assert name_in_metadata({"recall_id_of": _RETELL, "n": 1}) is None


@given(st.text(max_size=60) | st.integers() | st.none())
def test_a_name_is_its_own_name(value: object) -> None:
    """Read twice it is the same, short enough for its column, and can be stored."""
    name = call_name(value)

    assert name is None or (call_name(name) == name and 0 < len(name) <= 191 and name.encode())
