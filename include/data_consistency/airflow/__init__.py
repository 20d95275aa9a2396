"""Airflow's part: operators, hook, notifiers and the plugin; each operator is one call into the use cases."""
