"""The plugin of a checkout that is not installed; where the package is, Airflow finds the same by its entry point."""

from importlib.metadata import entry_points

# Both at once would be told to people as a plugin that failed.
if not entry_points(group="airflow.plugins", name="data_consistency"):
    from data_consistency.airflow.plugin import ConsistencyPlugin

    __all__ = ["ConsistencyPlugin"]
