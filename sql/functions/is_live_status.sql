-- IS_LIVE_STATUS(status): a call that is still going on, in all spellings.
SELECT (:status IN ('ongoing', 'in_progress', 'in-progress', 'active', 'ringing', 'inbound'))
