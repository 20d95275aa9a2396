-- OTHER_NUMBER(direction, from_number, to_number): the number of whom we spoke with; in a call of ours it is the one called.
SELECT IF(COALESCE(:direction, '') = 'outbound', :to_number, :from_number)
