"""How a message travels: one module a channel."""
