-- FAILURES_WITH_ONE_MORE(count, last): failures in a row when one more happens now; very old ones are forgotten.
SELECT (IF(:last < UTC_TIMESTAMP(6) - INTERVAL :memory_us MICROSECOND, 0, :count) + 1)
