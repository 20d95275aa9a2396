-- IS_KNOWN_OUTCOME(outcome): system vocabulary, admin form vocabulary and the outcome of a rollback.
SELECT
    (
        IS_BOOKED_OUTCOME(:outcome)
        OR IS_CHANGE_OUTCOME(:outcome)
        OR COALESCE(:outcome, '') IN (
            'information_only', 'information_provided', 'callback_requested', 'complaint_registered', 'no_interest',
            'transferred', 'voicemail', 'abandoned', 'technical_issue', 'spam', 'other', 'creation_failed'
        )
    )
