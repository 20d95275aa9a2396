"""The machinery under every statement: engine, named statements, transactions, marker."""
