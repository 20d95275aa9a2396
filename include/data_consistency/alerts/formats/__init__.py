"""How a message looks: one module a format."""
