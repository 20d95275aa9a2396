"""What differs between the servers, as text."""

import pytest

from data_consistency.db.server import parse, require_supported
from data_consistency.errors import ConfigurationError


@pytest.mark.parametrize(
    ("version", "reads"),
    [
        ("10.11.14-MariaDB-0+deb12u2", "MariaDB 10.11.14"),
        ("5.5.5-10.6.4-MariaDB", "MariaDB 10.6.4"),
        ("11.8.9-MariaDB-1 from Debian-log", "MariaDB 11.8.9"),
        ("9.7.4-1", "MySQL 9.7.4"),
        ("8.0.23", "MySQL 8.0.23"),
        ("8.4.6-google", "MySQL 8.4.6"),
    ],
)
def test_a_server_is_known_by_its_version(version: str, reads: str) -> None:
    """Also behind a proxy that says 5.5.5 first; each of these is taken."""
    server = parse(version)

    require_supported(server)
    assert reads == str(server)


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("8.0.22", "MySQL 8.0.22: too old for what is added to the schema; MySQL 8.0.23 or newer is needed"),
        ("5.7.44-log", "MySQL 5.7.44: too old for what is added to the schema; MySQL 8.0.23 or newer is needed"),
        (
            "10.5.29-MariaDB",
            "MariaDB 10.5.29: too old for what is added to the schema; MariaDB 10.6 or newer is needed",
        ),
    ],
)
def test_a_server_that_is_too_old_is_refused_by_name(version: str, says: str) -> None:
    """With the oldest that is taken."""
    with pytest.raises(ConfigurationError) as refused:
        require_supported(parse(version))
    assert says == str(refused.value)


def test_each_server_gets_the_settings_that_it_knows() -> None:
    """A setting of the other one would end every connection."""
    mariadb, mysql = parse("10.11.14-MariaDB"), parse("9.7.4")

    assert "tx_isolation" in mariadb.session()
    assert "max_seeks_for_key" not in mariadb.session()
    assert "optimizer_scan_setup_cost" not in mariadb.session()
    assert "optimizer_scan_setup_cost" in parse("11.8.3-MariaDB").session()
    assert "transaction_isolation" in mysql.session()
    assert "in_predicate" not in mysql.session()
    assert ("max_statement_time = 1.500", "max_execution_time = 1500") == (
        mariadb.time_limit(1.5),
        mysql.time_limit(1.5),
    )


def test_the_way_to_read_an_instant_is_the_servers() -> None:
    """MySQL refuses in a computed column what MariaDB takes."""
    assert "SLOT_OF_INSTANT" == parse("10.11.14-MariaDB").slot_of_instant
    assert "SLOT_OF_INSTANT_IN_MYSQL" == parse("9.7.0").slot_of_instant
