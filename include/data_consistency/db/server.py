"""What differs between the servers: MariaDB and MySQL answer the same statements but for what stands here.

All else keeps to what they share, so that no other module asks which of them it talks to.
"""

import re
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from data_consistency.errors import ConfigurationError

# ONLY_FULL_GROUP_BY is left out: facts group by a primary key, which MariaDB does not recognise as sufficient.
_SESSION = (
    "SET SESSION time_zone = '+00:00', SESSION {isolation} = 'READ-COMMITTED',"
    " SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION', SESSION group_concat_max_len = 1048576"
)
# Before these MariaDB has no JSON_TABLE, and MySQL no invisible columns.
_OLDEST = {"MariaDB": (10, 6), "MySQL": (8, 0, 23)}
_COUNTS_COSTS = (11,)  # since then MariaDB counts what a look-up costs as MySQL does
_VERSION = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Which server a connection leads to."""

    name: str  # MariaDB or MySQL
    version: tuple[int, ...]

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.name} {'.'.join(str(part) for part in self.version)}"

    def session(self) -> str:
        """The statement that makes a session one of ours: UTC, READ COMMITTED, strict."""
        isolation = "transaction_isolation" if self.name == "MySQL" else "tx_isolation"
        settings = _SESSION.format(isolation=isolation)
        # A column that is NULL nearly everywhere looks as if every look-up in its index read the table.
        if self.name == "MySQL":
            return settings + ", SESSION max_seeks_for_key = 10"
        if self.version >= _COUNTS_COSTS:
            settings += ", SESSION optimizer_scan_setup_cost = 1000000"
        # It would turn a list of 1000 ids into a table of its own and sort it, instead of looking the ids up.
        return settings + ", SESSION in_predicate_conversion_threshold = 0"

    def time_limit(self, seconds: float) -> str:
        """Setting that bounds each statement of a session; MySQL bounds only what reads."""
        if self.name == "MySQL":
            return f"max_execution_time = {seconds * 1000:.0f}"
        return f"max_statement_time = {seconds:.3f}"

    @property
    def slot_of_instant(self) -> str:
        """The function of sql/functions that computes a column from a TIMESTAMP, whatever the session's zone.

        MySQL refuses UNIX_TIMESTAMP there, and reads a TIMESTAMP in UTC another way.
        """
        return "SLOT_OF_INSTANT" if self.name == "MariaDB" else "SLOT_OF_INSTANT_IN_MYSQL"


def parse(version: str) -> Server:
    """The server whose `VERSION()` it is."""
    # A MariaDB behind some proxies says 5.5.5- first, for old clients.
    found = _VERSION.match(version.removeprefix("5.5.5-"))
    numbers = tuple(int(part) for part in found.group().split(".")) if found else ()
    return Server(name="MariaDB" if "MariaDB" in version else "MySQL", version=numbers)


def server_of(connection: Connection) -> Server:
    """The server of a connection."""
    return parse(str(connection.exec_driver_sql("SELECT VERSION()").scalar_one()))


def require_supported(server: Server) -> None:
    """Refuse a server that cannot hold what we add.

    Raises:
        ConfigurationError: names the server and the oldest that can.
    """
    oldest = Server(name=server.name, version=_OLDEST[server.name])
    if server.version < oldest.version:
        raise ConfigurationError(f"{server}: too old for what is added to the schema; {oldest} or newer is needed")
