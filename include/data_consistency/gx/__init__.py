"""The only importer of Great Expectations: house expectation, suite validation, data docs."""

from data_consistency import extras

extras.require("gx", "the full check with its data docs")
