-- CALL_STATUS_AGREES(status, call_status): whether our status is what the provider's means, or a later state of it.
SELECT
    CASE
        WHEN COALESCE(:call_status, '') = '' OR :status = :call_status THEN 1
        WHEN :call_status IN ('ended', 'completed') THEN :status IN ('completed', 'analyzed')
        WHEN :call_status IN ('analyzed', 'call_analyzed') THEN :status = 'analyzed'
        WHEN :call_status IN ('ongoing', 'in-progress', 'in_progress') THEN IS_LIVE_STATUS(:status)
        WHEN :call_status = 'failed' THEN :status = 'failed'
        ELSE :status IN ('completed', 'analyzed')
    END
