"""The gate: the one place from which rows of the source are written, asked in the transaction that writes.

Whoever wants to change rows enters with a warrant, which says by what right (`warrant.py` has the table of what it is
good for), and gets a leave for this transaction. Locks are taken in one order everywhere: the kill switch, shared, so
that whoever throws it waits for batches under way and nothing is written once it is thrown; the gate of the rule, so
that its caps are counted once; then rows, and tables of our own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.engine import Connection, RootTransaction

from data_consistency.correct.caps import DAY_HOURS, Covered, Limits, Usage, exceeded, limits_of
from data_consistency.correct.warrant import MODES, Ask, Authority, Left, Stop, Warrant
from data_consistency.db import sql
from data_consistency.db.marker import Environment, read_marker
from data_consistency.db.transactions import is_rolled_back
from data_consistency.detect import evidence
from data_consistency.errors import GateClosed
from data_consistency.ledger import audit, gates, incidents, switches
from data_consistency.rules.outcomes import Violation
from data_consistency.sources import Source


@dataclass(slots=True, kw_only=True)
class Leave:
    """A leave to write, good in the transaction in which it was given."""

    connection: Connection
    transaction: RootTransaction | None
    warrant: Warrant
    ask: Ask | None = None  # None: changes of several rules are taken back
    blocked: frozenset[int | None] = frozenset()  # companies whose rows an open incident is about; None: any
    unheard: frozenset[int] = frozenset()  # companies whose evidence is silent
    overridden: set[str] = field(default_factory=set)  # what a person decided against
    free: set[int] = field(default_factory=set)  # rows that may be changed
    counted: set[int] = field(default_factory=set)  # rows that were counted against the caps

    @property
    def told(self) -> Mapping[str, object]:
        """What the event of a change says of its leave."""
        return {"overridden": sorted(self.overridden)} if self.overridden else {}

    def sort(self, rows: Mapping[int, Violation]) -> dict[int, Left]:
        """Of rows that are locked now, those that must be left as they are, and why."""
        if self.warrant.source is None or self.ask is None:
            return {}
        youngest_allowed = self.ask.now - timedelta(minutes=_limits(self.ask, self.warrant.source).min_age_minutes)
        left: dict[int, Left] = {}
        for entity_id, row in rows.items():
            for why in self._against(row, self.warrant.source, youngest_allowed):
                if self.warrant.may_override(why):
                    self.overridden.add(why)
                else:
                    left.setdefault(entity_id, why)
        self.free |= rows.keys() - left.keys()
        return left

    def _against(self, row: Violation, source: Source, youngest_allowed: datetime) -> Iterable[Left]:
        if row.company_id in self.unheard:
            yield Left.EVIDENCE
        if self.blocked & {row.company_id, None}:
            yield Left.INCIDENT
        if row.company_id in source.opted_out_companies:
            yield Left.OPTED_OUT
        if not self.warrant.takes_fresh_rows and (row.changed_at is None or row.changed_at > youngest_allowed):
            yield Left.TOUCHED_LATELY

    def spend(self, entity: str, ids: Sequence[int]) -> None:
        """Count rows that are about to be changed against the caps of their rule; the audit keeps what was changed.

        Args:
            entity: noun of the ledger.
            ids: of the rows.

        Raises:
            GateClosed: they are more than a cap has left; nothing may be changed.
        """
        if self.warrant.source is None or self.ask is None or not ids:
            return
        if not self.free.issuperset(ids):
            raise GateClosed(f"rule '{self.ask.rule}': rows were not asked about one by one", reason=Stop.NO_LEAVE)
        wanted = audit.found_by(self.connection, self.ask.rule, entity, ids)
        limits = _limits(self.ask, self.warrant.source)
        used = usage(self.connection, self.ask, [run for run in wanted if run is not None])
        if (cap := exceeded(wanted, limits, used)) is not None:
            say = f"rule '{self.ask.rule}': {len(ids)} rows want a correction, {cap} may still be changed"
            _refuse(self.warrant, Stop.CAP, say, self.overridden)
        self.counted |= set(ids)

    def write(self, rows: Sequence[int], statement: str, params: Mapping[str, object]) -> CursorResult[Any]:
        """Change rows of the source.

        Args:
            rows: ids of all that the statement may change.
            statement: with named parameters.
            params: of the statement.

        Raises:
            GateClosed: this leave is not for these rows, or its transaction has ended.
        """
        self._still_holds(rows)
        return sql.execute(self.connection, statement, params)

    def run(self, rows: Sequence[int], name: str, /, **params: object) -> CursorResult[*tuple[Any, ...]]:
        """Change rows of the source by a statement of `sql/queries/`; else as `write`."""
        self._still_holds(rows)
        return sql.run(self.connection, name, **params)

    def _still_holds(self, rows: Sequence[int]) -> None:
        if self.transaction is None or self.connection.get_transaction() is not self.transaction:
            raise GateClosed("a leave to write was used outside its transaction; ask again", reason=Stop.NO_LEAVE)
        if self.warrant.source is not None and self.ask is not None and not self.counted.issuperset(rows):
            raise GateClosed(f"rule '{self.ask.rule}': rows were not counted against its caps", reason=Stop.NO_LEAVE)


def enter(connection: Connection, ask: Ask, warrant: Warrant) -> Leave:
    """Ask for leave to change rows by a rule.

    Args:
        connection: in the transaction that will write.
        ask: what is to be changed.
        warrant: by what right.

    Raises:
        GateClosed: nothing may be written; says why and what to do.
    """
    if warrant.source is None:
        return rehearse(connection)
    overridden: set[str] = set()
    ask_switches(connection, warrant, overridden)
    gates.hold(connection, ask.rule)
    if ask.mode is not None and ask.mode not in MODES[warrant.authority]:
        _refuse(warrant, Stop.MODE, f"rule '{ask.rule}' is in mode '{ask.mode}', which changes no row", overridden)
    needed = [] if ask.needs is None else [ask.needs]
    silence = next(iter(evidence.silences(connection, needed, ask.now).values()), None)
    if silence is not None and silence.is_whole:
        _refuse(warrant, Stop.EVIDENCE, f"rule '{ask.rule}': {silence.reason}", overridden)
    blocked = frozenset(
        incident.company_id
        for incident in incidents.of_rule(connection, ask.rule)
        if incident.id != warrant.incident_id
    )
    if None in blocked:
        _refuse(warrant, Stop.INCIDENT, f"rule '{ask.rule}' has an open incident", overridden)
    return Leave(
        connection=connection,
        transaction=connection.get_transaction(),
        warrant=warrant,
        ask=ask,
        blocked=blocked,
        unheard=(silence.companies if silence is not None else None) or frozenset(),
        overridden=overridden,
    )


def enter_undo(connection: Connection, rules: Iterable[str], warrant: Warrant) -> Leave:
    """Ask for leave to restore rows that rules have changed; corrections by those rules wait until it has ended.

    Args:
        connection: in the transaction that will write.
        rules: whose changes are taken back.
        warrant: of an undo.
    """
    overridden: set[str] = set()
    if warrant.source is not None:
        ask_switches(connection, warrant, overridden)
    for rule in sorted(set(rules)):
        gates.hold(connection, rule)
    return Leave(
        connection=connection, transaction=connection.get_transaction(), warrant=warrant, overridden=overridden
    )


def rehearse(connection: Connection) -> Leave:
    """Leave to try changes: in a schema of tests, or in a transaction that is always rolled back.

    Raises:
        GateClosed: it is neither.
    """
    if not is_rolled_back(connection) and read_marker(connection) is not Environment.TEST:
        raise GateClosed(
            "rows may be tried in a schema of tests only, or in a transaction that is rolled back; say by what right",
            reason=Stop.NO_LEAVE,
        )
    warrant = Warrant(authority=Authority.REHEARSAL, source=None)
    return Leave(connection=connection, transaction=connection.get_transaction(), warrant=warrant)


def usage(connection: Connection, ask: Ask, found_by: Sequence[str]) -> Usage:
    """What a rule has changed by itself so far, in this run, in a day, and on the word of some checks."""
    in_run, in_day = sql.run(
        connection, "gate_usage", rule=ask.rule, run_id=ask.run_id, since=ask.now - timedelta(hours=DAY_HOURS)
    ).one()
    checks = {}
    if found_by:
        rows = sql.run(connection, "checks_of_rule", rule=ask.rule, names=list(found_by))
        checks = {str(run): Covered(rows=int(rows_), changed=int(changed)) for run, rows_, changed in rows}
    return Usage(in_run=int(in_run), in_day=int(in_day), checks=checks)


def ask_switches(connection: Connection, warrant: Warrant, overridden: set[str] | None = None) -> None:
    """Whether anything may be written at all; until the transaction has ended nobody can switch it off.

    Args:
        connection: in a transaction.
        warrant: by what right, with the switches of its source.
        overridden: takes up what is told instead of obeyed.

    Raises:
        GateClosed: a switch is off, or this is a dry run.
    """
    assert warrant.source is not None
    overridden = set() if overridden is None else overridden
    if not warrant.source.corrections_enabled:
        say = "corrections are switched off by CONSISTENCY_CORRECTIONS_ENABLED"
        _refuse(warrant, Stop.SWITCHED_OFF, say, overridden)
    if not switches.holds_on(connection, switches.CORRECTIONS):
        say = f"corrections are switched off; `consistency switch {switches.CORRECTIONS} on` allows them"
        _refuse(warrant, Stop.SWITCHED_OFF, say, overridden)
    if warrant.dry_run:
        say = "this is a dry run; set CONSISTENCY_DRY_RUN=false to change rows"
        _refuse(warrant, Stop.DRY_RUN, say, overridden)


def _refuse(warrant: Warrant, why: Stop, say: str, overridden: set[str]) -> None:
    """Tell what was decided against, or stop."""
    if not warrant.may_override(why):
        raise GateClosed(f"{say}; nothing was changed", reason=why)
    overridden.add(why)


def _limits(ask: Ask, source: Source) -> Limits:
    return limits_of(source.caps, max_corrections=ask.max_corrections, min_age_minutes=ask.min_age_minutes)
