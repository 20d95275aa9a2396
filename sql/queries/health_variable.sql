-- health_variable: one setting of the whole server, as new sessions get it; no row where it knows none of that name.
SHOW GLOBAL VARIABLES
WHERE variable_name = :name
