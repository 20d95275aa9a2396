"""Who called: which call it is, whether the number is withheld, what is a name, which customer it is, what to show.

The pure twin of `sql/functions/` (calls, names, numbers), of the facts and the correction of customer links, and of the
view `consistency_call_display`; tests hold both to the same answers. Every function is total: any text and None are
judged.
"""

from data_consistency.identity.calls import call_name, is_call_name, name_in_metadata, names_call, names_of_call
from data_consistency.identity.display import (
    Badge,
    Caller,
    Mark,
    caller_name,
    is_number_copyable,
    link_badge,
    link_method_text,
    number_text,
)
from data_consistency.identity.links import (
    LinkFacts,
    LinkMethod,
    LinkStatus,
    LinkVerdict,
    judge_link,
)
from data_consistency.identity.names import PERSONAS, NameClass, NameReason, NameVerdict, judge_name, name_key
from data_consistency.identity.numbers import is_dialable, is_suppressed, other_number, to_e164

__all__ = [
    "PERSONAS",
    "Badge",
    "Caller",
    "LinkFacts",
    "LinkMethod",
    "LinkStatus",
    "LinkVerdict",
    "Mark",
    "NameClass",
    "NameReason",
    "NameVerdict",
    "call_name",
    "caller_name",
    "is_call_name",
    "is_dialable",
    "is_number_copyable",
    "is_suppressed",
    "judge_link",
    "judge_name",
    "link_badge",
    "link_method_text",
    "name_in_metadata",
    "name_key",
    "names_call",
    "names_of_call",
    "number_text",
    "other_number",
    "to_e164",
]
