"""The HTTP service of the booking guard; handed what it needs, imports neither Airflow nor Great Expectations."""

from data_consistency import extras

extras.require("booking", "the booking service")
