"""Everything to try the system on one machine: private servers, a private Airflow, a demo, a calendar of our own."""
