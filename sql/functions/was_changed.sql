-- WAS_CHANGED(status, rescheduled_count, rescheduled_at): whether an appointment was cancelled or moved.
SELECT (:status IN ('cancelled', 'rescheduled') OR :rescheduled_count > 0 OR :rescheduled_at IS NOT NULL)
