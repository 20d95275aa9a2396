"""The account that the triggers act as: it stays when those who migrated are gone.

A trigger whose account is gone, or has lost a right, fails every write of the application. So it is an account of its
own, locked, that may do what the triggers do; and before a trigger is made on the source's tables, one on a table of
ours tries whether it is there and may.
"""

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import marker, server_errors, sql
from data_consistency.logs import logger_of
from data_consistency.rules.functions import read_sql
from data_consistency.schema import choices, inventory, trigger_files
from data_consistency.schema.ddl import VERBATIM
from data_consistency.schema.grants import Account, account, statements
from data_consistency.schema.installed import PROBE, ask
from data_consistency.schema.steps import run_file

DEFAULT = Account("consistency_definer", "localhost")
_TABLE = "consistency_trigger_probe"
_MAY_NOT_NAME = 1227
_NO_SUCH_ACCOUNT = 1449
# What an account that is no administrator is told when it would make one.
_NOT_MINE = frozenset({1044, 1142, 1143, 1227, 1410, 1396})

logger = logger_of(__name__)


def chosen(connection: Connection) -> Account:
    """The account that the triggers of this schema act as."""
    named = choices.definer(connection)
    return DEFAULT if named is None else account(named)


def prepare(connection: Connection, who: Account) -> str | None:
    """Have an account ready for triggers: made, where this account may make one, and tried.

    Returns:
        What is missing, with the next step; None: triggers may act as it.
    """
    run_file(connection, "0012_trigger_probe.up")
    _make(connection, who)
    return _install_probe(connection, who) or problem(connection, who)


def problem(connection: Connection, who: Account) -> str | None:
    """What keeps triggers from acting as an account, with the next step; None: nothing that this account can see."""
    answer = ask(connection)
    if answer.is_gone:
        return _next(connection, who, f"the account {who} does not exist")
    if answer.refused:
        return _next(connection, who, f"the account {who} may not: {answer.refused.rstrip('; ')}")
    return None


def _make(connection: Connection, who: Account) -> None:
    """Make the account and give it what it needs; an administrator may, others leave it as it is."""
    schema = marker.schema_name(connection)
    text = statements(sql.project_of(connection), "definer", user=str(who), schema=schema)
    for statement in inventory.statements(text.replace("GRANT CREATE, ", "GRANT ")):
        # Here every table is there already, so that the right to create it is neither given nor taken away.
        if "REVOKE CREATE " in statement:
            continue
        try:
            connection.exec_driver_sql(statement, execution_options=VERBATIM)
        except DBAPIError as error:
            if server_errors.code_of(error) in _NOT_MINE:
                return
            # A table of the source that is not there; triggers do without it.
            if server_errors.code_of(error) != server_errors.NO_SUCH_TABLE:
                raise


def _install_probe(connection: Connection, who: Account) -> str | None:
    try:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {PROBE}")
        connection.exec_driver_sql(_probe(connection, who), execution_options=VERBATIM)
    except DBAPIError as error:
        code, words = server_errors.code_of(error), server_errors.words_of(error)
        if code == _NO_SUCH_ACCOUNT or (code == _MAY_NOT_NAME and "NONEXISTENT" in words):
            return _next(connection, who, f"the account {who} does not exist")
        if code != _MAY_NOT_NAME:
            raise
        return (
            f"this account may not name {who} as the one that triggers act as; as an administrator run what"
            " `consistency grants migrator` prints, then `consistency migrate` again"
        )
    return None


def _probe(connection: Connection, who: Account) -> str:
    project = sql.project_of(connection)
    text = read_sql(project, f"migrations/{_TABLE.removeprefix('consistency_')}", PROBE)
    same = ", ".join(f"{column} = {column}" for column in sorted(trigger_files.written(project)))
    text = text[text.index("CREATE TRIGGER") :].replace(":trigger_columns", same)
    return text.replace("CREATE TRIGGER", f"CREATE DEFINER={who.quoted} TRIGGER", 1)


def _next(connection: Connection, who: Account, what: str) -> str:
    schema = marker.schema_name(connection)
    return (
        f"{what}; as an administrator run what `consistency grants definer --user {who} --schema {schema}` prints,"
        " then `consistency migrate` again"
    )
