"""How a message looks: one module a format, each of which lays out the parts of a speech."""
