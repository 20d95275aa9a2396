"""Errors of MySQL and MariaDB, by what can be done about them."""

import ssl

import pymysql
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data_consistency.db import server_errors
from data_consistency.db.server_errors import Kind
from data_consistency.errors import DatabaseRefused, DatabaseUnavailable, OutcomeUnknown, SchemaNotReady


def _error(code: int, words: str = "words of the server") -> DBAPIError:
    return OperationalError("SELECT 'a secret'", {"name": "a secret"}, pymysql.err.OperationalError(code, words))


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (Kind.PASSING, (1040, 1053, 1077, 1205, 1213, 1226, 1927, 2003, 2006, 2013, 3032, 3058, 3168, 4031)),
        (Kind.STOPPED, (1317, 1969, 3024)),
        (
            Kind.REFUSED,
            (1044, 1045, 1049, 1130, 1142, 1143, 1227, 1370, 1698, 1820, 1862, 2026, 2059, 3118, 3159, 4151),
        ),
        (Kind.REFUSED, (3, 1021, 1030, 1036, 1114, 1153, 1194, 1290, 1419, 1449, 1792, 1836, 1932)),
        (Kind.NAME, (1054, 1146, 1305, 1356)),
        (Kind.ROW, (1048, 1062, 1264, 1366, 1406, 1451, 1452, 1644, 3140, 3819, 4025)),
        (Kind.OTHER, (1064, 1105, 9999)),
    ],
)
def test_every_code_is_of_one_kind(kind: Kind, codes: tuple[int, ...]) -> None:
    """Of both servers and of the client."""
    assert dict.fromkeys(codes, kind) == {code: server_errors.kind_of(_error(code)) for code in codes}


@pytest.mark.parametrize("code", [1040, 1205, 1213, 2003, 2013])
def test_what_may_pass_says_so(code: int) -> None:
    """Its class lets the caller retry."""
    ours = server_errors.told(_error(code))

    assert type(ours) is DatabaseUnavailable
    assert f"error {code}" in str(ours)
    assert "repeat it later" in str(ours)


@pytest.mark.parametrize(
    ("code", "words", "next_step"),
    [
        (1045, "Access denied for user 'x'@'h' (using password: YES)", "correct user and password"),
        (1049, "Unknown database 'shop'", "correct the schema's name"),
        (1142, "UPDATE command denied to user 'x'@'h' for table 'calls'", "consistency grants"),
        (1290, "The server is running with the --read-only option", "let this one be written"),
        (1820, "You must SET PASSWORD before executing this statement", "set a new password"),
        (4151, "Access denied, this account is locked", "unlock the account"),
        (1021, "Disk full", "free space"),
        (1194, "Table 'calls' is marked as crashed and should be repaired", "check the table"),
        (1419, "You do not have the SUPER privilege and binary logging is enabled", "log_bin_trust_function_creators"),
    ],
)
def test_what_lasts_names_what_to_mend(code: int, words: str, next_step: str) -> None:
    """And never asks for a repetition."""
    ours = server_errors.told(_error(code, words))

    assert type(ours) is DatabaseRefused
    assert words in str(ours)
    assert next_step in str(ours)
    assert "later" not in str(ours)


@pytest.mark.parametrize(
    ("code", "words", "place"),
    [
        (1062, "Duplicate entry 'Eva Muster' for key 'customers.phone'", "key phone"),
        (1366, "Incorrect string value: '\\xF0' for column `s`.`calls`.`summary` at row 1", "column summary"),
        (1406, "Data too long for column 'notes' at row 1", "column notes"),
        (4025, "CONSTRAINT `flag_is_0_or_1` failed for `s`.`calls`", "constraint flag_is_0_or_1"),
        (1644, "Eva Muster may not be changed", ""),
    ],
)
def test_a_refused_value_is_not_repeated(code: int, words: str, place: str) -> None:
    """Its column or key is named, never what stood there."""
    said = str(server_errors.told(_error(code, words)))

    assert place in said
    assert "Eva" not in said
    assert "secret" not in said
    assert "later" not in said


def test_missing_names_ask_for_a_migration() -> None:
    """As a class of its own."""
    ours = server_errors.told(_error(1146, "Table 's.consistency_runs' doesn't exist"))

    assert type(ours) is SchemaNotReady
    assert "consistency migrate" in str(ours)


def test_a_certificate_that_cannot_be_checked_is_not_an_outage() -> None:
    """The driver tells of it as of a server that cannot be reached."""
    error = _error(2003, "Can't connect to MySQL server on 'db'")
    error.orig.original_exception = ssl.SSLCertVerificationError("self-signed certificate")  # type: ignore[union-attr]

    assert Kind.REFUSED is server_errors.kind_of(error)
    assert "ssl_*" in str(server_errors.told(error))


def test_only_what_was_undone_is_worth_a_repetition() -> None:
    """Not a commit without an answer, not a wait for the pool, not what nobody of the database's said."""
    undone, unknown = DatabaseUnavailable("x"), OutcomeUnknown("x")
    undone.__cause__ = unknown.__cause__ = _error(2013)

    assert server_errors.may_pass(undone)
    assert not server_errors.may_pass(unknown)
    assert not server_errors.may_pass(DatabaseUnavailable("another reader went on"))
    assert not server_errors.may_pass(DatabaseRefused("x"))


def test_errors_of_the_library_about_lost_connections_are_the_databases() -> None:
    """A transaction that was lost before, a pool that is used up."""
    for error in (PendingRollbackError("Can't reconnect"), PoolTimeout("QueuePool limit")):
        assert isinstance(server_errors.translated(error), DatabaseUnavailable)
    assert server_errors.translated(ValueError("x")) is None
