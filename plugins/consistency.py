"""The plugin of a checkout; where the package is installed, Airflow finds the same by its entry point."""

from data_consistency.airflow.plugin import ConsistencyPlugin

__all__ = ["ConsistencyPlugin"]
