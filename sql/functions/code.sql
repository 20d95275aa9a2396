-- CODE(value): a code as the application compares it: case counts, and so do blanks at its end.
SELECT CAST(:value AS BINARY)
