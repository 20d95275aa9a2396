"""The source tables of generation S1, for the demo and the tests; never for an operational schema."""

from sqlalchemy.engine import Connection

from data_consistency.db.sql import project_of
from data_consistency.errors import WrongUse
from data_consistency.rules.functions import read_sql
from data_consistency.schema.triggers import require_allowed


def create_source_schema(connection: Connection) -> None:
    """Create the source's tables and its own triggers in an empty schema.

    Raises:
        WrongUse: the schema holds tables already.
        ConfigurationError: the account may not create triggers.
    """
    count = connection.exec_driver_sql(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
    ).scalar_one()
    if count:
        raise WrongUse(f"the schema holds {count} tables already; the source tables are created in an empty one only")
    require_allowed(connection)
    project = project_of(connection)
    for name in project.names("source"):
        connection.exec_driver_sql(read_sql(project, "source", name))
