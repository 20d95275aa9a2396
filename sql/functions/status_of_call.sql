-- STATUS_OF_CALL(call_status): our status for a provider's that is final; NULL for one that is not.
SELECT
    CASE
        WHEN :call_status IN ('analyzed', 'call_analyzed') THEN 'analyzed'
        WHEN :call_status IN ('ongoing', 'in-progress', 'in_progress', 'active', 'ringing', 'inbound', '') THEN NULL
        WHEN :call_status = 'failed' THEN 'failed'
        WHEN :call_status IS NOT NULL THEN 'completed'
    END
