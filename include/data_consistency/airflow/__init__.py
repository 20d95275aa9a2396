"""Airflow's part: operators, hook, notifiers and the plugin; each operator is one call into the use cases."""

from data_consistency import extras

extras.require("airflow", "data_consistency.airflow")
