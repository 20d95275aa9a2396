-- IS_DIGITS(value): whether a text is a number that fits a numeric id.
SELECT (:value REGEXP '^[0-9]{1,18}$')
