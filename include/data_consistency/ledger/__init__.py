"""Our own tables, one module a noun: findings, runs, watermarks, incidents, review items, messages, switches."""
