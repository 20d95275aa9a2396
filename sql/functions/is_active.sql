-- IS_ACTIVE(status): statuses of an appointment that is still to happen; an unknown word counts as one.
SELECT (NOT IS_VOID(:status) AND NOT IS_FULFILLED(:status))
