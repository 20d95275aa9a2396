"""Who called: whether a number is withheld, whether a text is a name, which customer link is right, what to show.

The pure twin of `sql/functions/` (names, numbers), of the facts and the correction of customer links, and of the view
`consistency_call_display`; tests hold both to the same answers. Every function is total: any text and None are judged.
"""

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
from data_consistency.identity.names import PERSONAS, NameClass, NameReason, NameVerdict, judge_name
from data_consistency.identity.numbers import is_dialable, is_suppressed, to_e164

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
    "caller_name",
    "is_dialable",
    "is_number_copyable",
    "is_suppressed",
    "judge_link",
    "judge_name",
    "link_badge",
    "link_method_text",
    "number_text",
    "to_e164",
]
