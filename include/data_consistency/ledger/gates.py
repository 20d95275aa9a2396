"""The gate of a rule: who holds it is the only one to change rows by that rule, or to open incidents about it."""

from sqlalchemy.engine import Connection

from data_consistency.db import sql


def hold(connection: Connection, rule: str) -> None:
    """Hold the gate of a rule until this transaction has ended; others wait."""
    if sql.run(connection, "lock_gate", rule=rule).one_or_none() is None:
        sql.run(connection, "make_gate", rule=rule)
