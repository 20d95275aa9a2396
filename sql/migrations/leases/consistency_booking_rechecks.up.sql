-- consistency_booking_rechecks: who looks again takes a lease first, so that service and scheduler never do it both.
ALTER TABLE consistency_booking_rechecks
ADD COLUMN lease_token CHAR(32) NULL,
ADD COLUMN lease_until DATETIME(6) NULL;
