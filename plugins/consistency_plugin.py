"""Registration with Airflow. This folder is imported by every Airflow process, so nothing here is heavy."""

from airflow.plugins_manager import AirflowPlugin


class ConsistencyPlugin(AirflowPlugin):
    """The operators, the hook and the notifiers are plain modules of this folder; DAG files import them by name."""

    name = "data_consistency"
