"""The source tables of generation S1, for the demo and the tests; never for an operational schema."""

from sqlalchemy.engine import Connection

from data_consistency.config import project_root
from data_consistency.db.sql import read_sql
from data_consistency.errors import WrongUse


def create_source_schema(connection: Connection) -> None:
    """Create the source's tables and its own triggers in an empty schema.

    Raises:
        WrongUse: the schema holds tables already.
    """
    count = connection.exec_driver_sql(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
    ).scalar_one()
    if count:
        raise WrongUse(f"the schema holds {count} tables already; the source tables are created in an empty one only")
    for path in sorted((project_root() / "sql" / "source").glob("*.sql")):
        connection.exec_driver_sql(read_sql(path))
