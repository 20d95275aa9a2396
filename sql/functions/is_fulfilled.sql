-- IS_FULFILLED(status): statuses of an appointment that did exist and is over.
SELECT (:status IN ('completed', 'no_show', 'no-show'))
