"""Which call a text names: the provider's id or our own number, in every spelling that booking paths were seen to send.

What is stored of a calendar's booking is the name in one spelling (`call_name`), so that the database compares texts
alone: NAMES_CALL and IS_CALL_NAME of `sql/functions/` are the twins of `names_call` and `is_call_name`.
"""

import re
from collections.abc import Mapping

# Keys of a booking's metadata that hold the call's id, as letters alone.
_KEYS = ("callid", "retellcallid")
_AROUND = " \t\r\n\v\f\"'`{}[]()<>"
# Without its prefix, or with another sign before the rest, it is the provider's id all the same.
_PROVIDERS = re.compile(r"(?:call[_-]?)?([0-9a-f]{24,64})")
# With the prefix of the provider's ids it is still our number: such ids are longer, or begin with a zero.
_OURS = re.compile(r"call[_-]([1-9][0-9]{0,6})")
_NAME = re.compile(r"[0-9a-z][0-9a-z_.:-]*")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which nobody can store
_NOBODY = frozenset(
    {"call_1", "call_001", "dummy_call_id", "none", "null", "undefined", "unknown", "current", "current_call", "test"}
)
_LONGEST = 191


def call_name(value: object) -> str | None:
    """The name that a value holds, in the spelling in which names are compared; None: it holds none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip(_AROUND).lower()
    if text in _NOBODY:
        return text
    if _SURROGATE.search(text):
        return None
    if found := _PROVIDERS.fullmatch(text):
        return f"call_{found[1]}"
    if found := _OURS.fullmatch(text):
        return found[1]
    # One that is cut off is still another's, as none of ours is so long.
    return text[:_LONGEST] or None


def name_in_metadata(metadata: Mapping[str, object]) -> str | None:
    """The name of a booking's call, whatever its key is spelled like; None: there is none."""
    for wanted in _KEYS:
        for key, value in metadata.items():
            if re.sub(r"[^a-z]", "", key.lower()) == wanted and (name := call_name(value)) is not None:
                return name
    return None


def names_of_call(call_id: int, retell_call_id: str | None) -> frozenset[str]:
    """All names of a call."""
    given = call_name(retell_call_id)
    return frozenset({str(call_id)} if given is None else {str(call_id), given})


def names_call(name: str | None, *, call_id: int, retell_call_id: str | None) -> bool:
    """Whether a name is this call's."""
    return name is not None and name in names_of_call(call_id, retell_call_id)


def is_call_name(name: str | None) -> bool:
    """Whether a name can be told apart from others: a placeholder, or a text that is no id, may be anybody's."""
    if name is None or name in _NOBODY or name.startswith("temp_"):
        return False
    return _NAME.fullmatch(name) is not None
