"""A private Airflow: this user's own, on the loopback address."""
