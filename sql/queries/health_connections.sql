-- health_connections: how many sessions the server has.
SHOW GLOBAL STATUS
WHERE variable_name = 'Threads_connected'
