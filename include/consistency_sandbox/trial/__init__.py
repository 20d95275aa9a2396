"""Trying rules on their examples, in a schema that is thrown away."""
