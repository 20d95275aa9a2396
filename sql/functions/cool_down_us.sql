-- COOL_DOWN_US(reopenings): microseconds from opening to the next probe; each failed probe lengthens them up to a cap.
SELECT CAST(LEAST(:cool_down_cap_us, :cool_down_us * POW(:backoff, LEAST(:reopenings, 30))) AS SIGNED)
