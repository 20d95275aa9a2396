"""What runs on one machine: the private MariaDB, a local Airflow, the demo."""
