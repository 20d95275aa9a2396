"""A private Airflow: this user's own, on the loopback address."""

from data_consistency import extras

extras.require("airflow", "a private Airflow")
