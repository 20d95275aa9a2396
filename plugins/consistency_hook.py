"""Where tasks get their database from: the Airflow connection, else the environment."""

from typing import TYPE_CHECKING

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from data_consistency.runtime import Runtime

# Of the connection's extra, what PyMySQL understands and what can be told in a URL.
_EXTRA = ("unix_socket", "charset", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert", "ssl_verify_identity")


class ConsistencyHook(BaseHook):
    """The runtime of the package on the connection `consistency_mysql` (type mysql; no provider is needed).

    The connection's extra may name a `unix_socket`, a `charset` or the `ssl_*` files. Without such a connection
    CONSISTENCY_DB_URL is used. All other settings come from the environment.

    Args:
        consistency_conn_id: id of the connection.
    """

    conn_name_attr = "consistency_conn_id"
    default_conn_name = "consistency_mysql"
    conn_type = "mysql"
    hook_name = "Data consistency (MySQL)"

    def __init__(self, consistency_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.consistency_conn_id = consistency_conn_id

    def database_url(self) -> str | None:
        """URL of the connection, password included, so never to be logged; None: there is no such connection.

        Raises:
            ConfigurationError: the connection is not one to a MySQL schema.
        """
        from sqlalchemy import URL

        from data_consistency.errors import ConfigurationError

        try:
            connection: Connection = self.get_connection(self.consistency_conn_id)
        except AirflowNotFoundException:
            return None
        if connection.conn_type != self.conn_type or not connection.schema:
            raise ConfigurationError(
                f"Airflow connection {self.consistency_conn_id}: must have type mysql and name a schema"
            )
        extra = connection.extra_dejson
        query = {name: str(extra[name]) for name in _EXTRA if extra.get(name)}
        over_network = "unix_socket" not in query
        return URL.create(
            "mysql+pymysql",
            username=connection.login or None,
            password=connection.password or None,
            host=(connection.host or "localhost") if over_network else None,
            port=connection.port if over_network else None,
            database=connection.schema,
            query=query,
        ).render_as_string(hide_password=False)

    def runtime(self) -> "Runtime":
        """Settings and engine of this task.

        Raises:
            ConfigurationError: neither the connection nor CONSISTENCY_DB_URL can be used.
        """
        from data_consistency import runtime

        rt = runtime.build(database_url=self.database_url())
        runtime.log_to_file(rt.settings)
        return rt
