"""What stands behind each extra of the package, and the one line that names the extra where it is missing."""

from importlib.util import find_spec

from data_consistency.errors import MissingExtra

DISTRIBUTION = "data-consistency"

_BOOKING = ("fastapi", "prometheus_client", "starlette", "uvicorn")
# extra -> the modules that it brings
MODULES = {
    "airflow": ("airflow",),
    "booking": _BOOKING,
    "gx": ("great_expectations", "pandas"),
    "sandbox": (*_BOOKING, "yaml"),
}


def require(extra: str, what: str) -> None:
    """See that an extra is installed; nothing is imported.

    Args:
        extra: its name.
        what: the part of the package that needs it, as the beginning of a sentence.

    Raises:
        MissingExtra: a module of it is missing; names what to install.
    """
    missing = [name for name in MODULES[extra] if find_spec(name) is None]
    if missing:
        raise MissingExtra(f"{what} needs {missing[0]}, which is not installed: pip install '{DISTRIBUTION}[{extra}]'")
