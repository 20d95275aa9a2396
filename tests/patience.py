"""How long a test waits for an answer that it expects: a busy machine makes nothing wrong."""

PATIENCE = 60.0  # seconds
