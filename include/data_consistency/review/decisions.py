"""Decisions of people: the functions behind pages, commands and approvals of a scheduler.

Each is one transaction that locks, judges, changes, verifies and tells; each takes the person as a `Viewer` and returns
what came of it. Which function needs what is said where it stands.
"""

from data_consistency.ledger.items import Decision, Item, ItemKind, Reason
from data_consistency.review.desk import Decided, ItemChanged
from data_consistency.review.dismissals import accept, dismiss
from data_consistency.review.handling import assign, claim, note, release, snooze
from data_consistency.review.incident_decisions import (
    IncidentDecided,
    ShownIncident,
    approve_incident,
    list_incidents,
    reject_incident,
    show_incident,
)
from data_consistency.review.looking import list_confirmations, list_questions, look
from data_consistency.review.refreshing import refresh
from data_consistency.review.taking_back import undo
from data_consistency.review.verdicts import approve
from data_consistency.review.viewers import Role, Viewer

__all__ = [
    "Decided",
    "Decision",
    "IncidentDecided",
    "Item",
    "ItemChanged",
    "ItemKind",
    "Reason",
    "Role",
    "ShownIncident",
    "Viewer",
    "accept",
    "approve",
    "approve_incident",
    "assign",
    "claim",
    "dismiss",
    "list_confirmations",
    "list_incidents",
    "list_questions",
    "look",
    "note",
    "refresh",
    "reject_incident",
    "release",
    "show_incident",
    "snooze",
    "undo",
]
