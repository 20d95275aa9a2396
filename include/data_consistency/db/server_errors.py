"""The one table of what MySQL and MariaDB say, by what can be done about it; and how each is told.

A passing error may not come again, so its transaction is repeated as a whole. What is refused stays refused until
somebody mends a right, a setting, an account or a disk: it is told with what to mend, and never repeated.
"""

import re
import ssl
from collections.abc import Iterator
from enum import StrEnum

from pymysql.err import Error as PyMySQLError
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data_consistency.errors import (
    DatabaseRefused,
    DatabaseUnavailable,
    DataConsistencyError,
    OutcomeUnknown,
    SchemaNotReady,
)

# The last one says that a statement was lost before, and with it the transaction.
DriverError = DBAPIError | PyMySQLError | PendingRollbackError


class Kind(StrEnum):
    """What can be done about an error."""

    PASSING = "passing"  # the same transaction, repeated, may succeed
    STOPPED = "stopped"  # a limit of time or somebody's KILL ended it; later it may succeed, at once it will not
    REFUSED = "refused"  # somebody must mend something first
    NAME = "name"  # a table, column, view or routine is not there
    ROW = "row"  # a value, a key, a constraint or somebody's trigger says no to one row
    OTHER = "other"  # the text of a statement, or nothing we know


_LOST = "lost the connection"
_GOING = "is starting or shutting down"
_FULL = "has no connection left"
_DEADLOCK = "ended a deadlock by undoing our transaction"
# What the database does or did, as the predicate of a sentence. 4031 is an idle session to MySQL.
_PASSING = {
    **dict.fromkeys((0, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 2014, 2045, 2055, 3169, 4031), _LOST),
    **dict.fromkeys((1047, 1053, 1077, 1078, 1079, 3032, 3168), _GOING),
    **dict.fromkeys((1040, 1135, 1203, 1226, 1637), _FULL),
    **dict.fromkeys((2001, 2002, 2003, 2005, 2012), "did not answer"),
    **dict.fromkeys((1213, 1614, 3058, 3101), _DEADLOCK),
    **dict.fromkeys((1205, 3572), "let another transaction hold the rows too long"),
    **dict.fromkeys((1020, 1412, 1615), "changed below our statement"),
    **dict.fromkeys((1180, 3019), "undid our transaction"),
}
_STOPPED = frozenset({1317, 1969, 3024})

_ACCOUNT = "correct user and password of the connection"
_GRANT = "grant it to the account; `consistency grants` prints the statements"
_PASSWORD = "set a new password for the account, by a client that may"  # noqa: S105  # advice, no password
_UNLOCK = "unlock the account, or connect by another one"
_READ_ONLY = "connect to the server that is written to, or let this one be written"
_DISK = "free space on the disk of the database's server"
_REPAIR = "have the server's administrator check the table, and its error log"
_MEMORY = "give the server more memory, or ask it for less at once"
_TLS = "correct the ssl_* options of the connection, or the server's"
# Also said, before anything is changed, to who would create triggers.
TRUST = "have an administrator set log_bin_trust_function_creators = 1, or grant SUPER"
# What to do next.
_REFUSED = {
    **dict.fromkeys((1045, 1251, 1524, 1698, 2059, 2061), _ACCOUNT),
    1044: "name a schema that the account may use, or grant it",
    **dict.fromkeys((1046, 1049), "correct the schema's name in the connection, or create the schema"),
    1129: "unblock this host on the server (FLUSH HOSTS)",
    1130: "allow the account to connect from this host",
    **dict.fromkeys((1142, 1143, 1227, 1370), _GRANT),
    **dict.fromkeys((1820, 1862), _PASSWORD),
    **dict.fromkeys((3118, 3955, 4150, 4151), _UNLOCK),
    **dict.fromkeys((2026, 3159), _TLS),
    **dict.fromkeys((1036, 1223, 1290, 1792, 1836, 1874), _READ_ONLY),
    **dict.fromkeys((1418, 1419), TRUST),
    1449: "create that account again, or let the triggers have another: `consistency triggers install`",
    **dict.fromkeys((3, 20, 1004, 1021, 1026, 1030, 1114), _DISK),
    **dict.fromkeys((1016, 1017, 1034, 1035, 1194, 1195, 1712, 1812, 1814, 1877, 1932), _REPAIR),
    **dict.fromkeys((1037, 1038, 1041, 1206), _MEMORY),
    **dict.fromkeys((1153, 2020), "raise max_allowed_packet of the server"),
    1197: "raise max_binlog_cache_size of the server",
    **dict.fromkeys((1115, 1193, 1231, 1273, 1298), "use a server of a version that the documentation names"),
}
_HELD = frozenset({1205, 3572})
_SIGNALLED = 1644
NO_SUCH_COLUMN = 1054
NO_SUCH_TABLE = 1146
NO_SUCH_KEY = 1176
INVALID_VIEW = 1356
DUPLICATE = 1062
TOO_MANY_KEYS = 1069
_NAMES = frozenset({NO_SUCH_COLUMN, NO_SUCH_TABLE, INVALID_VIEW, 1051, 1091, 1109, 1305, 1347, 1360})
_ROWS = frozenset(
    {
        *(1022, 1048, DUPLICATE, 1169, 1216, 1217, 1242, 1263, 1264, 1265, 1292, 1364, 1365, 1366, 1367, 1406, 1411),
        *(1416, 1425, 1441, 1442, 1451, 1452, 1526, 1557, 1586, 1644, 1690, 1748, 3140, 3141, 3156, 3819, 3903, 4025),
        4078,
    }
)
_DENIED = frozenset({1044, 1142, 1143, 1227, 1370})

# Messages about rows quote values; what stands behind these words is a name.
_MARKS = "'`\""
_QUOTED = r"((?:['`\"][^'`\"]+['`\"]\.?)+)"
_PLACE = re.compile(rf"(?:for|in) (column|key) {_QUOTED}|\b(CONSTRAINT|Column) {_QUOTED}")


def driver_error(error: BaseException | None) -> DriverError | None:
    """What the driver said, of an error or of those that it came from."""
    for found in _chain(error):
        if isinstance(found, DriverError):
            return found
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def code_of(error: BaseException) -> int | None:
    """Number of a server's or client's error; None: it has none."""
    args: tuple[object, ...] = getattr(_original(error), "args", ())
    return args[0] if args and isinstance(args[0], int) else None


def words_of(error: BaseException) -> str:
    """The server's words, on one line; about a row they may quote it, so they are for other kinds alone."""
    args: tuple[object, ...] = getattr(_original(error), "args", ())
    return " ".join(str(args[1] if len(args) > 1 else "").split())[:200]


def kind_of(error: BaseException) -> Kind:
    """What can be done about an error of the driver."""
    code = code_of(error)
    if code in _STOPPED:
        return Kind.STOPPED
    if isinstance(_cause_of_refusal(error), ssl.SSLError | PermissionError) or code in _REFUSED:
        return Kind.REFUSED
    if isinstance(error, PendingRollbackError) or getattr(error, "connection_invalidated", False) or code in _PASSING:
        return Kind.PASSING
    if code in _NAMES:
        return Kind.NAME
    return Kind.ROW if code in _ROWS else Kind.OTHER


def is_denied(error: BaseException) -> bool:
    """Whether the account lacks a right on a schema, table, column or routine."""
    return code_of(error) in _DENIED


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone, so that nobody says what became of the statement."""
    return getattr(error, "connection_invalidated", False) or _PASSING.get(code_of(error) or -1) in {_LOST, _GOING}


def is_deadlock(error: BaseException) -> bool:
    """Whether we were chosen to give way: the same again, at once, meets nobody as a rule."""
    return _PASSING.get(code_of(error) or -1) is _DEADLOCK


def is_held(error: BaseException) -> bool:
    """Whether another transaction has held what we waited for, longer than we wait."""
    return code_of(error) in _HELD


def may_pass(error: BaseException) -> bool:
    """Whether a transaction that ended by this error is worth repeating: it was undone, and its cause may be gone."""
    if isinstance(error, OutcomeUnknown) or not isinstance(error, DatabaseUnavailable):
        return False
    found = driver_error(error)
    return found is not None and kind_of(found) is Kind.PASSING


def may_be_about_rows(error: DatabaseUnavailable) -> bool:
    """Whether the database is there, and may be of another mind about other rows."""
    found = driver_error(error)
    return found is not None and not isinstance(error, OutcomeUnknown) and not is_lost(found)


def translated(error: BaseException) -> DataConsistencyError | None:
    """An error that came from the database as one of ours; None: it is none of the database's."""
    if isinstance(error, PoolTimeout):
        return DatabaseUnavailable("no connection to the database became free in time; repeat it later")
    found = driver_error(error)
    return None if found is None else told(found)


def told(error: DriverError) -> DataConsistencyError:
    """An error of the driver as one of ours, by what the caller can do.

    Returns:
        DatabaseUnavailable: it may pass.
        SchemaNotReady: a table, column or view is missing.
        DatabaseRefused: anything else; says what to mend, and quotes no value.
    """
    code, words, kind = code_of(error), words_of(error), kind_of(error)
    if kind is Kind.PASSING:
        said = _PASSING.get(code or 0, _LOST)
        where = f": {words}" if said == "did not answer" else ""
        return DatabaseUnavailable(f"the database {said}{where} (error {code or 0}); repeat it later")
    if kind is Kind.STOPPED:
        return DatabaseUnavailable(
            f"the database stopped a statement, by its limit of time or somebody's KILL (error {code}); repeat it at a"
            " quieter time, or raise the limit"
        )
    if kind is Kind.NAME:
        return SchemaNotReady(_about_names(code, words))
    if kind is Kind.REFUSED:
        return DatabaseRefused(f"the database refuses: {words} (error {code}); {advice(error)}")
    if kind is Kind.ROW:
        return DatabaseRefused(f"the database refused a value{_place(words)} (error {code}); the row is as it was")
    name = type(_original(error)).__name__
    return DatabaseRefused(f"the database refused a statement ({name}, error {code}); repeating it changes nothing")


def refusal_of(error: BaseException) -> str:
    """That the database refuses a row, with the number of the error and the column or key that it names, if any.

    Nothing else of its words: a trigger of somebody else may say anything under any number, also what a row holds.
    """
    code = code_of(error)
    who = "a trigger" if code == _SIGNALLED else "the database"
    place = _place(words_of(error)) if kind_of(error) is Kind.ROW and code != _SIGNALLED else ""
    return f"{who} refused the row{place} (error {code})"


def advice(error: BaseException) -> str:
    """What must be mended before the database takes it."""
    cause = _cause_of_refusal(error)
    if isinstance(cause, ssl.SSLError):
        return _TLS
    if isinstance(cause, PermissionError):
        return "let this user open the server's socket"
    return _REFUSED.get(code_of(error) or -1, "mend it")


def _about_names(code: int | None, words: str) -> str:
    if code == INVALID_VIEW:
        return f"{words}; the source has changed: run `consistency mapping create` again"
    return f"{words}; run `consistency migrate`, it finishes what was begun"


def _place(words: str) -> str:
    """The column, key or constraint that a message names, without the value that it quotes."""
    found = _PLACE.search(words)
    if found is None:
        return ""
    what, name = (part for part in found.groups() if part)
    return f" of {what.lower()} {name.strip(_MARKS).split('.')[-1].strip(_MARKS)}"


def _original(error: BaseException) -> BaseException:
    original = getattr(error, "orig", None)
    return original if isinstance(original, BaseException) else error


def _cause_of_refusal(error: BaseException) -> object:
    """What keeps PyMySQL from connecting, which it wraps."""
    return getattr(_original(error), "original_exception", None)
