-- FAILURES_WITH_MORE(count, last): failures in a row when so many more happen now; very old ones are forgotten.
SELECT (IF(:last < UTC_TIMESTAMP(6) - INTERVAL :memory_us MICROSECOND, 0, :count) + :failures)
