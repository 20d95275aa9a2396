"""Prevention system for data inconsistencies between calls, appointments and customers."""
