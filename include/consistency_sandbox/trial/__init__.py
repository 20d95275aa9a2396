"""Trying rules on their examples, in a schema that is thrown away."""

from data_consistency import extras

extras.require("sandbox", "trying rules on their examples")
