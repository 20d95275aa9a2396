"""How one watched database stands, for people: checks, findings, corrections, breakers, messages, what waits."""
