"""The only importer of Great Expectations: house expectation, suite validation, data docs."""
