"""The suites of a project, checked against everything that they rest on."""

import threading
from pathlib import Path

from data_consistency.project import Project
from data_consistency.rules import proofs
from data_consistency.rules.conflicts import check_corrections
from data_consistency.rules.facts import load_facts
from data_consistency.rules.fingerprint import stamped
from data_consistency.rules.language import check_conditions
from data_consistency.rules.loading import load_suites
from data_consistency.rules.rule import Suite

_PROVING = threading.Lock()


def checked_suites(project: Project, folder: Path | None = None) -> dict[str, Suite]:
    """Load the suites strictly, each checked against its facts and its corrections, with fingerprints over both.

    Args:
        project: of the suites.
        folder: where what was proved of these very texts is kept for the next process; None: they are proved.

    Raises:
        InvalidRule: a suite, facts or correction file is wrong, or two corrections would undo each other.
    """
    suites = load_suites(project)
    # Of several threads one proves, which takes seconds; the others find what it has kept.
    with _PROVING:
        if folder is None or not proofs.recall(project, suites, folder):
            _prove(project, suites, folder)
    return stamped(suites, project)


def _prove(project: Project, suites: dict[str, Suite], folder: Path | None) -> None:
    for suite in suites.values():
        check_conditions(suite, load_facts(project, suite.table))
    check_corrections(suites.values(), project)
    if folder is not None:
        proofs.keep(project, suites, folder)
