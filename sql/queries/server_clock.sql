-- server_clock: the time of the database in UTC.
SELECT UTC_TIMESTAMP(6) AS now
