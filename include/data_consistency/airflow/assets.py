"""Assets: what other DAGs may be started by, one of each kind a watched database."""

from airflow.sdk import Asset

from data_consistency.sources import DEFAULT


def asset(source: str, what: str) -> Asset:
    """The findings, corrections, plans or reports of a watched database, by its name."""
    name = f"consistency_{what}"
    return Asset(name=name if source == DEFAULT else f"{name}__{source}", uri=f"x-consistency://{source}/{what}")
