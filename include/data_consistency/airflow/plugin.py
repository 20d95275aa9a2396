"""Registration with Airflow. Imported by every Airflow process, so nothing here is heavy."""

from airflow.plugins_manager import AirflowPlugin

from data_consistency.airflow import pools


class ConsistencyPlugin(AirflowPlugin):
    """Operators, hook and notifiers are plain modules beside this one; DAG files import them by name."""

    name = "data_consistency"
    listeners = [pools]  # noqa: RUF012  # declared so by Airflow
