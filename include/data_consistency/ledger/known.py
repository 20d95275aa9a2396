"""Whether what people name is there: a wrong name must never look like a clean answer."""

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.errors import WrongUse


def require_company(connection: Connection, company_id: int | None) -> None:
    """Refuse a company that neither the source's companies nor its rows name; None: nobody named one.

    Raises:
        WrongUse: there is none of that id.
    """
    if company_id is None or any(_says(connection, query, company_id) for query in _BY_COMPANY):
        return
    raise WrongUse(f"company {company_id} does not exist: the source neither lists it nor has a row of it")


# The second may read much, and is asked only where the first finds none.
_BY_COMPANY = ("company_is_there", "company_has_rows")


def _says(connection: Connection, query: str, company_id: int) -> bool:
    try:
        return bool(sql.run(connection, query, company_id=company_id).scalar_one())
    except DBAPIError as error:
        # A table that is not there, or that the account may not read: the work itself will say so.
        if server_errors.kind_of(error) is not Kind.NAME and not server_errors.is_denied(error):
            raise
        return query == _BY_COMPANY[-1]


def require_run(connection: Connection, run_id: str) -> None:
    """Refuse a run that nobody has made.

    Raises:
        WrongUse: there was none of that id.
    """
    if not sql.run(connection, "run_is_known", run_id=run_id).scalar_one():
        raise WrongUse(
            f"run '{run_id}' does not exist; its id stands in the audit, in the log and in what a run prints"
        )


def require_corrected(
    connection: Connection, *, rule: str | None = None, table: str | None = None, entity_id: int | None = None
) -> None:
    """Refuse a rule or a row that no change in the audit names.

    Raises:
        WrongUse: there is no such change.
    """
    if not sql.run(connection, "is_corrected", rule=rule, table_name=table, entity_id=entity_id).scalar_one():
        named = [f"rule '{rule}'" if rule is not None else "", f"row {entity_id} of {table}" if table else ""]
        raise WrongUse(
            f"the audit has no change for {' and '.join(filter(None, named))}; there is nothing to take back"
        )
