"""The compose file run for real without an engine: its services as processes, faults put to them, tables compared."""
