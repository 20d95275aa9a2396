"""The kinds of server that can be started here. What one needs that another does not stands in its value."""

from dataclasses import dataclass

from data_consistency.errors import WrongUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of database server, and where its programs come from."""

    name: str  # what people type, and the folder of its data
    title: str  # what people read
    program: str
    unpacked: str | None = None  # Debian package that is unpacked beside the system; None: the system's own is used
    messages: str = "mysql"  # of an unpacked one: its folder under usr/share
    settings: tuple[str, ...] = ()


MARIADB = Kind(name="mariadb", title="MariaDB", program="mariadbd")
MARIADB_NEWEST = Kind(
    name="mariadb-newest",
    title="MariaDB (newest)",
    program="mariadbd",
    unpacked="mariadb-server-core",
    messages="mariadb",
)
MYSQL = Kind(
    name="mysql",
    title="MySQL",
    program="mysqld",
    unpacked="mysql-server-core",
    settings=(
        "--mysqlx=OFF",  # else it opens a second socket of its own
        "--secure-file-priv=NULL",  # else it wants the folder of its package
    ),
)

KINDS = (MARIADB, MARIADB_NEWEST, MYSQL)


def kind_of(name: str) -> Kind:
    """The kind that people mean.

    Raises:
        WrongUse: there is none of that name.
    """
    for kind in KINDS:
        if kind.name == name:
            return kind
    raise WrongUse(f"no server '{name}'; there are {', '.join(kind.name for kind in KINDS)}")
