"""Rules: what is said about rows, as text; nothing here knows a driver or a framework."""

from data_consistency.rules.loading import load_suites
from data_consistency.rules.rule import (
    CALCOM,
    HOUSE_EXPECTATION,
    MAX_RULES_PER_TABLE,
    Mode,
    Problem,
    Rule,
    Severity,
    Suite,
    rule_set_fingerprint,
    violation,
)

__all__ = [
    "CALCOM",
    "HOUSE_EXPECTATION",
    "MAX_RULES_PER_TABLE",
    "Mode",
    "Problem",
    "Rule",
    "Severity",
    "Suite",
    "load_suites",
    "rule_set_fingerprint",
    "violation",
]
