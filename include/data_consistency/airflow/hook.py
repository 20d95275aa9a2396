"""Where tasks get their database from: the Airflow connection of the source, else the environment."""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

if TYPE_CHECKING:
    from airflow.sdk import Connection

    from data_consistency.config import Settings
    from data_consistency.runtime import Runtime

SMTP_CONNECTION = "smtp_default"
# Of the connection's extra, what PyMySQL understands and what can be told in a URL.
_EXTRA = ("unix_socket", "charset", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert", "ssl_verify_identity")
_CONN_TYPE = "mysql"


class ConsistencyHook(BaseHook):
    """The runtime of the package on one watched database.

    A connection that somebody named, here or in the settings file, must exist. Where nobody named one, the connection
    `consistency_mysql` (type mysql; no provider is needed) is used if there is one, else CONSISTENCY_DB_URL. The
    connection's extra may name a `unix_socket`, a `charset` or the `ssl_*` files.

    Args:
        source: name of the watched database.
        consistency_conn_id: id of a connection that takes the place of the source's own.
    """

    conn_name_attr = "consistency_conn_id"
    default_conn_name = "consistency_mysql"
    conn_type = _CONN_TYPE
    hook_name = "Data consistency (MySQL)"

    def __init__(self, source: str = "default", consistency_conn_id: str | None = None) -> None:
        super().__init__()
        self.source = source
        self.consistency_conn_id = consistency_conn_id or None

    def database_url(self) -> str | None:
        """URL of the connection, password included, so never to be logged; None: the environment says where it is.

        Raises:
            ConfigurationError: a connection that is named does not exist, or is not one to a MySQL schema.
        """
        from data_consistency import project, sources
        from data_consistency.errors import ConfigurationError

        source = sources.choose(sources.load_sources(project.find()), self.source)
        named = self.consistency_conn_id or source.connection
        if named is None and not source.is_default:
            return None  # its URL stands in a variable
        try:
            connection: Connection = self.get_connection(named or self.default_conn_name)
        except AirflowNotFoundException:
            if named is None:
                return None
            raise ConfigurationError(
                f"source '{source.name}': the Airflow connection '{named}' does not exist; define it, no other"
                " database is used in its place"
            ) from None
        return _url(connection, named or self.default_conn_name)

    def runtime(self) -> "Runtime":
        """Settings, source and engine of this task.

        Raises:
            ConfigurationError: neither a connection nor the environment can be used.
        """
        from data_consistency import runtime

        rt = runtime.build(source=self.source, database_url=self.database_url())
        runtime.log_to_file(rt.settings)
        return replace(rt, settings=with_mail_server(rt.settings))


def with_mail_server(settings: "Settings") -> "Settings":
    """The settings; where they name no mail server, with that of the Airflow connection `smtp_default` if it exists."""
    if settings.smtp_url is not None:
        return settings
    try:
        connection: Connection = BaseHook.get_connection(SMTP_CONNECTION)
    except AirflowNotFoundException:
        return settings
    sender = connection.extra_dejson.get("from_email") or settings.mail_from
    return replace(settings, smtp_url=_smtp_url(connection), mail_from=sender)


def _smtp_url(connection: "Connection") -> str:
    """The server of a connection as Airflow's own hook reads it: SSL unless disabled, then STARTTLS unless disabled."""
    extra = connection.extra_dejson
    ssl, starttls = not extra.get("disable_ssl"), not extra.get("disable_tls")
    login = ""
    if connection.login:
        login = f"{quote(connection.login, safe='')}:{quote(connection.password or '', safe='')}@"
    host = connection.host or "localhost"
    port = f":{connection.port}" if connection.port else ""
    options = "" if ssl else f"?starttls={str(starttls).lower()}"
    place = f"[{host}]" if ":" in host else host
    return f"{'smtps' if ssl else 'smtp'}://{login}{place}{port}{options}"


def _url(connection: "Connection", name: str) -> str:
    from sqlalchemy import URL

    from data_consistency.errors import ConfigurationError

    if connection.conn_type != _CONN_TYPE or not connection.schema:
        raise ConfigurationError(f"Airflow connection {name}: must have type mysql and name a schema")
    extra = connection.extra_dejson
    query = {key: str(extra[key]) for key in _EXTRA if extra.get(key)}
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
